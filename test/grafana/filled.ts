import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { LunaRequestInfluxMonitoring, SelfPoint } from '@influx-monitoring/core';
import { selfFieldsOf } from '@influx-monitoring/core/internal';
import { startRedis } from '@influx-monitoring/test-servers';
import { createClient } from 'redis';
import { WebSocket } from 'ws';
import { FoldedTags } from '../../packages/core/src/folding/folded-tags.ts';
import { Program } from '../demo/program.ts';
import type { RealInflux } from '../real/servers/real-influx.ts';
import { DATABASE, downsample, startInflux, VERSION } from './influx.ts';

/** All that a regular expression and a path would trip over. */
export const SERVICE = 'shop.v1 (a|b)/[+$]';

/** More than a panel shows by themselves: the last ones are "others". */
const ACCOUNTS = Array.from({ length: 12 }, (_, index) => `6d071cca-fda5-4a03-84d5-5bea659044${String(80 + index)}`);
const EVENTS_AN_ACCOUNT = 5;

/** Each event, and a message that is no JSON. */
export const MESSAGE_COUNT = ACCOUNTS.length * (EVENTS_AN_ACCOUNT + 1);

/** The latest errors have the trace that they belong to. */
const TRACE_PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const POINT_PERIOD_SECONDS = '0.2';
const POLL_INTERVAL_MS = 50;

/** An InfluxDB with what the example sender records in some seconds of use, of all kinds. */
export async function startFilledInflux(): Promise<RealInflux> {
  const influx = await startInflux();
  await influx.createDatabase(DATABASE);
  await recordSelf(influx);
  const redis = await startRedis();
  const program = new Program('examples/sender/src/main.ts', [], {
    PORT: '0',
    REDIS_URL: redis.url,
    ...influx.environment(DATABASE),
    MONITORING_SERVICE: SERVICE,
    MONITORING_PROCESS_PERIOD_SECONDS: POINT_PERIOD_SECONDS,
    MONITORING_SELF_PERIOD_SECONDS: POINT_PERIOD_SECONDS,
  });
  const [, port = ''] = await program.line(/^listening on http:\/\/localhost:(\d+)$/);
  await useSender(port, redis.url);
  await redis.kill();
  // The end of a connection is seen by whoever reads next.
  while ((await statusOf(port, '/healthcheck')) !== 503);
  await processPoints(influx);
  program.signal('SIGTERM');
  await program.ended;
  await redis.stop();
  await recordFolded(influx);
  // InfluxDB 3 has nothing that would do it.
  if (VERSION !== 3) await downsample(influx);
  return influx;
}

/** Waits for what panels and rules read of the sender's process: a rate takes two points, a percentile's window three. */
async function processPoints(influx: RealInflux): Promise<void> {
  const query = `SELECT * FROM "process" WHERE "service" = '${SERVICE}'`;
  while ((await influx.query(DATABASE, query)).length < 3) await setTimeout(POLL_INTERVAL_MS);
}

async function useSender(port: string, redisUrl: string): Promise<void> {
  const client = await connectTo(redisUrl);
  for (let round = 0; round < 5; round += 1) {
    await statusOf(port, '/version');
    await answerOf(port, '/nothing', { traceparent: TRACE_PARENT });
  }
  const version = await answerOf(port, '/version');
  // What the client has already: 304.
  await answerOf(port, '/version', { 'if-none-match': version.headers.etag });
  await refusedHandshake(port);
  await abandonedRequest(port);
  for (const account of ACCOUNTS) await sendEvents(port, client, account);
  client.destroy();
}

async function connectTo(url: string) {
  const client = createClient({ url });
  await client.connect();
  return client;
}

async function sendEvents(port: string, client: Awaited<ReturnType<typeof connectTo>>, account: string): Promise<void> {
  const channel = `luna-sender:${account}`;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { 'Luna-Account-Id': account } });
  await once(socket, 'open');
  // Redis tells only to who asks that a subscription is there.
  while ((await client.pubSubNumSub([channel]))[channel] !== 1) await new Promise(setImmediate);
  for (let round = 0; round < EVENTS_AN_ACCOUNT; round += 1) {
    const message = once(socket, 'message');
    await fetch(`http://127.0.0.1:${port}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'luna-account-id': account },
      body: '{"event_type":"face"}',
    });
    await message;
  }
  await client.publish(channel, 'no JSON');
  const closed = once(socket, 'close');
  socket.close();
  await closed;
}

async function statusOf(port: string, path: string): Promise<number | undefined> {
  return (await answerOf(port, path)).statusCode;
}

/** Not by fetch, which says of each request with such a header that it wants no answer from a cache. */
async function answerOf(port: string, path: string, headers: OutgoingHttpHeaders = {}): Promise<IncomingMessage> {
  const call = request({ host: '127.0.0.1', port, path, agent: false, headers }).end();
  // The event's one argument, as node:http documents it.
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  answer.resume();
  return answer;
}

/** A handshake without an account. */
async function refusedHandshake(port: string): Promise<void> {
  await answerOf(port, '/ws', {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
  });
}

/** A client that leaves while its request is on its way: 499. */
async function abandonedRequest(port: string): Promise<void> {
  const headers = { 'content-type': 'application/json', 'content-length': '1000', 'luna-account-id': ACCOUNTS[0] };
  const call = request({ host: '127.0.0.1', port, path: '/events', method: 'POST', agent: false, headers });
  call.on('error', () => undefined);
  const connected = once(call, 'socket');
  call.write('{');
  const [socket] = (await connected) as [Socket];
  if (socket.connecting) await once(socket, 'connect');
  // The server has read it once it answers another that came later.
  await statusOf(port, '/version');
  // Not by once(), which rejects at the error that comes before.
  await new Promise((resolve) => call.once('close', resolve).destroy());
}

/** The sender loses nothing: these are ten seconds of a process that does. */
async function recordSelf(influx: RealInflux): Promise<void> {
  const monitoring = new LunaRequestInfluxMonitoring(influx.options(DATABASE));
  const now = monitoring.now();
  const stats = monitoring.stats();
  const points = Array.from({ length: 10 }, (_, second) => {
    const fields = selfFieldsOf({
      ...stats,
      recorded: 100 * second,
      delivered: 90 * second,
      dropped: 5 * second,
      deadLettered: second,
      retries: second,
      pending: 4 * second,
      spooled: second,
      memoryBytes: 100 * second,
      spoolBytes: 50 * second,
      oldestPendingMs: 500 * second,
      overflowedTags: { 'requests.route': second, 'ws_requests.account_id': second },
    });
    return new SelfPoint({ eventTime: now - 10 + second, fields, service: SERVICE });
  });
  monitoring.addPoints(points);
  await monitoring.stop();
}

/** What the service would have recorded with `aggregate`: the same events, as a point for each set of tags. */
async function recordFolded(influx: RealInflux): Promise<void> {
  const nanoseconds = BigInt(Date.now()) * 1_000_000n;
  const summaries: string[] = [];
  for (const [series, field, tags] of FOLDED_SERIES) {
    const rows = await influx.query(DATABASE, `SELECT "${field}" FROM "${series}" GROUP BY ${tags.join(', ')}`);
    const folded = new Map<string, FoldedTags>();
    for (const row of rows) {
      const head = [`${series}_summary`, ...tags.map((tag) => `${tag}=${escaped(String(row[tag]))}`)].join(',');
      const set = folded.get(head) ?? new FoldedTags(head, [], 0);
      folded.set(head, set);
      set.addEvent();
      if (field !== 'request_id') set.addDuration(0, field, row[field], 'some-id');
    }
    for (const set of folded.values()) summaries.push(set.summary());
  }
  const lines = summaries.map((summary, index) => `${summary} ${String(nanoseconds + BigInt(index))}`);
  const { status, body } = await influx.write(DATABASE, lines.join('\n'));
  if (status !== 204) throw new Error(`InfluxDB refuses the folded points: ${body}`);
}

const FOLDED_SERIES = [
  ['requests', 'execution_time', ['service', 'route', 'status_code']],
  ['ws_requests', 'transport_time', ['service', 'account_id']],
  ['redis_message', 'request_id', ['service', 'chanel']],
] as const;

function escaped(value: string): string {
  return value.replaceAll(/[ ,=]/g, String.raw`\$&`);
}
