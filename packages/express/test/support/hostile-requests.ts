/**
 * A process of its own, since the heap of a test runner moves: `node --expose-gc` with this file. It answers 20,000
 * requests of random URLs, methods, headers, cookies and bodies, and prints what they did to the heap and the tags.
 */
import { once } from 'node:events';
import { Agent, createServer, METHODS, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BaseLunaMonitoring, type BaseMonitoringPoint } from '@influx-monitoring/core';
import { influxMonitoring } from '@influx-monitoring/express';
import express from 'express';

// Half of the requests fail, and tsx would look up the source of each line of their stacks.
Error.stackTraceLimit = 0;

const REQUESTS = 20_000;
const WARM_UP = 3_000;
const IN_FLIGHT = 50;

/** Keeps the tag sets and nothing else, so that the heap shows what the middleware keeps. */
class TagSets extends BaseLunaMonitoring {
  readonly service = 'shop';
  readonly isEnabled = true;
  readonly sets = new Set<string>();
  points = 0;

  override addPoints(points: Iterable<BaseMonitoringPoint>): void {
    for (const { series, tags } of points) {
      this.sets.add(`${series} ${JSON.stringify(tags)}`);
      if (series === 'requests') this.points += 1;
    }
  }

  override flush(): Promise<void> {
    return Promise.resolve();
  }

  override stop(): never {
    throw new Error('nothing to stop');
  }

  override stats(): never {
    throw new Error('nothing is delivered');
  }
}

const tagSets = new TagSets();
const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
let received = 0;
const server = createServer(createApplication()).on('request', () => {
  received += 1;
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
// A server that listens on a port has an address with one.
const { port } = server.address() as AddressInfo;

await sendMany(WARM_UP);
const before = heapBytes();
await sendMany(REQUESTS);
const after = heapBytes();
agent.destroy();
server.close();
// Whoever left early is still being answered.
await once(server, 'close');
process.stdout.write(
  JSON.stringify({
    grownBytes: after - before,
    points: tagSets.points,
    received,
    sets: [...tagSets.sets],
  }),
);

function createApplication() {
  const app = express();
  app.set('env', 'test');
  app.use(influxMonitoring({ monitoring: tagSets }));
  app.use(express.json());
  const router = express.Router({ mergeParams: true });
  router.all('/users/:id', (req, res) => {
    res.send(req.monitoring.requestId);
  });
  router.all('/fails/:id', () => {
    throw new Error('failed');
  });
  app.use('/api/:tenant', router);
  return app;
}

async function sendMany(count: number): Promise<void> {
  let left = count;
  const sendNext = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await send();
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, sendNext));
}

/** Each value has the word `secret`, which no tag may have. */
async function send(): Promise<void> {
  const value = (): string =>
    `secret${Math.random().toString(36).slice(2)}${pick(['', '%00', '%0A', '%2F..', '"', "'", '\\', ',x=1'])}`;
  const method = pick(METHODS.filter((each) => each !== 'CONNECT' && each !== 'HEAD'));
  const path = pick([
    `/${value()}`,
    `/${value()}/${value()}?${value()}=${value()}`,
    `/api/${value()}/users/${value()}?token=${value()}`,
    `/api/${value()}/fails/${value()}`,
    `http://${value()}/api/x/users/${value()}`,
    `//${value()}//`,
    `/api/%zz${value()}/users/1`,
  ]);
  const body = pick(['', `{"${value()}":"${value()}"}`, `{"broken":"${value()}`]);
  const headers = {
    'luna-request-id': value(),
    cookie: `session=${value()}`,
    authorization: `Bearer ${value()}`,
    [`x-${Math.random().toString(36).slice(2)}`]: value(),
    'x-http-method-override': value(),
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  await new Promise<void>((resolve) => {
    const client = request({ agent, headers, host: '127.0.0.1', method, path, port }, (response) => {
      response.on('error', () => undefined).resume();
    });
    client.on('error', () => undefined).on('close', resolve);
    client.end(body);
    // Some clients leave without waiting for their answer.
    if (Math.random() < 0.05) client.on('socket', (socket) => setImmediate(() => socket.destroy()));
  });
}

function heapBytes(): number {
  for (let round = 0; round < 5; round += 1) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function pick<Value>(values: readonly Value[]): Value {
  // The index is below the length, and no list here is empty.
  return values[Math.floor(Math.random() * values.length)] as Value;
}
