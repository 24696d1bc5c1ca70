/**
 * What instrumenting adds between a client and its listener, without network: ns of CPU a message, best of many rounds,
 * and bytes of heap; and what finding the request id takes, beside parsing.
 *
 *     npm run redis:listener-call --prefix bench
 */
import { startRedis } from '../../test/servers/index.ts';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { instrumentSubscriber } from '../../packages/redis/src/index.ts';
import { RequestIdScan } from '../../packages/redis/src/messages/request-id-scan.ts';
import { NoMonitoring, PAYLOADS } from './support.ts';

const CALLS = 100_000;
const ROUNDS = 20;
const CHANNEL = 'luna-sender:1';

let sink = 0;
function listener(message: unknown): void {
  sink += String(message).length;
}

/** Flat strings, as a client makes them of bytes. */
const messages = Array.from({ length: 1000 }, () => Buffer.from(PAYLOADS.first).toString());

function measure(name: string, call: (message: string) => void): void {
  let bestNs = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    for (let index = 0; index < CALLS; index += 1) call(messages[index % messages.length] ?? '');
    const { user, system } = process.cpuUsage(before);
    bestNs = Math.min(bestNs, ((user + system) * 1000) / CALLS);
  }
  globalThis.gc?.();
  const heapBefore = process.memoryUsage().heapUsed;
  for (let index = 0; index < CALLS; index += 1) call(messages[index % messages.length] ?? '');
  const heap = (process.memoryUsage().heapUsed - heapBefore) / CALLS;
  console.log(name.padEnd(36), `${bestNs.toFixed(0)} ns`.padStart(8), `${heap.toFixed(0)} B`.padStart(7));
}

measure('performance.now()', () => {
  sink += performance.now();
});
measure('JSON.parse', (message) => {
  sink += Object.keys(JSON.parse(message) as object).length;
});
for (const [place, payload] of Object.entries(PAYLOADS)) {
  const text = Buffer.from(payload).toString();
  const scan = new RequestIdScan();
  measure(`request id, ${place}`, () => {
    sink += scan.requestIdOf(text).length;
  });
}

const server = await startRedis();
const monitoring = new NoMonitoring();
for (const context of ['bare', 'explicit', 'async'] as const) {
  const nodeRedis = createClient({ url: server.url });
  const ioredis = new Redis({ lazyConnect: true });
  if (context !== 'bare') {
    instrumentSubscriber(nodeRedis, { monitoring, context });
    instrumentSubscriber(ioredis, { monitoring, context });
  }
  await nodeRedis.connect();
  await nodeRedis.subscribe(CHANNEL, listener);
  const [call = listener] = nodeRedis.getPubSubListeners('CHANNELS').get(CHANNEL)?.strings ?? [];
  measure(`node-redis, ${context}`, (message) => {
    call(message as never, CHANNEL as never);
  });
  ioredis.on('message', (_channel, message) => {
    listener(message);
  });
  const [channelBytes, messageBytes] = [Buffer.from(CHANNEL), Buffer.from(PAYLOADS.first)];
  measure(`ioredis, ${context}`, (message) => {
    ioredis.emit('message', CHANNEL, message);
    ioredis.emit('messageBuffer', channelBytes, messageBytes);
  });
  nodeRedis.destroy();
}
await server.stop();
if (sink === 0) console.log('nothing was measured');
