import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { freePort, startInflux1, startRedis, type RedisServer } from '@influx-monitoring/test-servers';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { Program } from './program.ts';

const MAIN = 'examples/sender/src/main.ts';
const ACCOUNT_ID = '6d071cca-fda5-4a03-84d5-5bea65904480';
const OTHER_ACCOUNT_ID = '6d071cca-fda5-4a03-84d5-5bea65904481';
const CHANNEL = `luna-sender:${ACCOUNT_ID}`;
const GOING_AWAY = 1001;

/** The sender under test. */
class RunningSender {
  readonly program: Program;
  port = '';

  constructor(environment: Readonly<Record<string, string>>) {
    this.program = new Program(MAIN, [], { PORT: '0', ...environment });
  }

  async start(): Promise<this> {
    [, this.port = ''] = await this.program.line(/^listening on http:\/\/localhost:(\d+)$/);
    return this;
  }

  async stop(): Promise<void> {
    this.program.signal('SIGTERM');
    await this.program.ended;
  }

  get(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, { headers: { connection: 'close' } });
  }

  post(body: string, headers: Readonly<Record<string, string>> = { 'luna-account-id': ACCOUNT_ID }): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}/events`, {
      method: 'POST',
      headers: { connection: 'close', 'content-type': 'application/json', ...headers },
      body,
    });
  }

  async openSocket(accountId = ACCOUNT_ID): Promise<WebSocket> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}/ws`, { headers: { 'Luna-Account-Id': accountId } });
    await once(socket, 'open');
    return socket;
  }

  /** Asks for a WebSocket and gives the HTTP answer that came instead. */
  async refusedUpgrade(
    path: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<[number | undefined, unknown]> {
    const upgrade = request({
      host: '127.0.0.1',
      port: this.port,
      path,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-version': '13',
        ...headers,
      },
    }).end();
    // The event's one argument, as node:http documents it.
    const [response] = (await once(upgrade, 'response')) as [IncomingMessage];
    return [response.statusCode, await json(response)];
  }
}

/** The text of the next message. */
async function nextMessage(socket: WebSocket): Promise<string> {
  const [data] = (await once(socket, 'message')) as [Buffer];
  return data.toString();
}

/** A client of the tests' own, to see what the sender does in Redis. */
async function connectTo(redis: RedisServer) {
  const client = createClient({ url: redis.url });
  await client.connect();
  return client;
}

type Client = Awaited<ReturnType<typeof connectTo>>;

/** Resolves when a channel has so many subscribers: Redis tells it only to who asks. */
async function untilSubscribers(client: Client, channel: string, count: number): Promise<void> {
  while ((await client.pubSubNumSub([channel]))[channel] !== count) await new Promise(setImmediate);
}

describe('the example sender', () => {
  let redis: RedisServer;
  let client: Client;
  let sender: RunningSender;

  beforeAll(async () => {
    redis = await startRedis();
    client = await connectTo(redis);
    sender = await new RunningSender({ REDIS_URL: redis.url }).start();
  });

  afterAll(async () => {
    await sender.stop();
    client.destroy();
    await redis.stop();
  });

  it('tells its version and its health', async () => {
    expect(await (await sender.get('/version')).json()).toEqual({ version: '0.1.0' });
    const health = await sender.get('/healthcheck');
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }]);
  });

  it('hands an event to all sockets of its account and to no other, over one subscription', async () => {
    const sockets = await Promise.all([sender.openSocket(), sender.openSocket()]);
    const other = await sender.openSocket(OTHER_ACCOUNT_ID);
    const heardByOther: unknown[] = [];
    other.on('message', (data) => heardByOther.push(data));
    await untilSubscribers(client, CHANNEL, 1);
    await untilSubscribers(client, `luna-sender:${OTHER_ACCOUNT_ID}`, 1);

    const messages = Promise.all(sockets.map(nextMessage));
    const answer = await sender.post('{"event_type":"face"}', {
      'luna-account-id': ACCOUNT_ID.toUpperCase(),
      'luna-request-id': '1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a',
    });
    expect(answer.status).toBe(201);
    const expected = '{"request_id":"1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a","event":{"event_type":"face"}}';
    expect(await messages).toEqual([expected, expected]);

    for (const socket of [...sockets, other]) socket.close();
    await untilSubscribers(client, CHANNEL, 0);
    await untilSubscribers(client, `luna-sender:${OTHER_ACCOUNT_ID}`, 0);
    expect(heardByOther).toEqual([]);
  });

  it('passes over a message that is no JSON, and goes on with the next', async () => {
    const socket = await sender.openSocket();
    await untilSubscribers(client, CHANNEL, 1);
    const message = nextMessage(socket);
    await client.publish(CHANNEL, '{"broken": ');
    await client.publish(CHANNEL, '{"event":1}');
    expect(await message).toBe('{"event":1}');
    socket.close();
    await untilSubscribers(client, CHANNEL, 0);
  });

  it.each([
    ['a body that breaks off', '{"event', {}, 400, 400],
    ['a body that is no object', '[1]', {}, 400, 400],
    ['a body of another type', 'event', { 'content-type': 'text/plain' }, 400, 400],
    ['an account that is no UUID', '{}', { 'luna-account-id': 'x:*\n'.trim() }, 400, 400],
    ['a body above the limit', `{"a":"${'x'.repeat(1_100_000)}"}`, {}, 413, 413],
  ])("answers %s with LUNA's error body", async (_what, body, headers, status, errorCode) => {
    const answer = await sender.post(body, { 'luna-account-id': ACCOUNT_ID, ...headers });
    expect(answer.status).toBe(status);
    const answered = (await answer.json()) as Record<string, unknown>;
    expect(answered).toMatchObject({ error_code: errorCode, desc: 'Bad request' });
    expect(answered['detail']).toMatch(/./);
  });

  it('answers a page it has not with 404', async () => {
    const answer = await sender.get('/nothing?token=secret');
    expect([answer.status, await answer.json()]).toEqual([
      404,
      { error_code: 404, desc: 'Page not found', detail: 'No GET /nothing' },
    ]);
  });

  it("refuses an event and a handshake without an account with LUNA's code 29001", async () => {
    const detail = "Cannot subscribe for events without 'Luna-Account-Id' header set";
    const body = { error_code: 29001, desc: 'Forbidden', detail };
    const answer = await sender.post('{}', {});
    expect([answer.status, await answer.json()]).toEqual([403, body]);
    expect(await sender.refusedUpgrade('/ws', {})).toEqual([403, body]);
  });

  it('refuses a handshake for no account or no page there is, before it', async () => {
    const accountError = await sender.refusedUpgrade('/ws', { 'luna-account-id': 'nobody' });
    expect(accountError).toMatchObject([400, { error_code: 400 }]);
    const pageError = await sender.refusedUpgrade('/other', { 'luna-account-id': ACCOUNT_ID });
    expect(pageError).toMatchObject([404, { error_code: 404 }]);
  });
});

describe('the example sender, when things go wrong', () => {
  it('answers 503 while Redis is away, and subscribes and serves again when it is back', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const sender = await new RunningSender({ REDIS_URL: redis.url }).start();
    onTestFinished(() => sender.stop());
    const socket = await sender.openSocket();
    const earlierClient = await connectTo(redis);
    await untilSubscribers(earlierClient, CHANNEL, 1);
    earlierClient.destroy();
    await redis.kill();

    let health = await sender.get('/healthcheck');
    // The end of a connection is seen by whoever reads next.
    while (health.status !== 503) health = await sender.get('/healthcheck');
    const refused = await sender.post('{}');
    expect([refused.status, await refused.json()]).toEqual([
      503,
      { error_code: 503, desc: 'Service unavailable', detail: 'Failed to publish the event' },
    ]);

    await redis.restart();
    const client = await connectTo(redis);
    onTestFinished(() => {
      client.destroy();
    });
    await untilSubscribers(client, CHANNEL, 1);
    const message = nextMessage(socket);
    await client.publish(CHANNEL, '{"back":true}');
    expect(await message).toBe('{"back":true}');
  });

  it('says in one line that Redis is not there at start, without the password', async () => {
    const port = String(await freePort());
    const program = new Program(MAIN, [], { PORT: '0', REDIS_URL: `redis://:secret@127.0.0.1:${port}` });
    const { code, stderr } = await program.ended;
    expect(stderr).toMatch(new RegExp(`^no Redis at 127\\.0\\.0\\.1:${port}: .*ECONNREFUSED.*\n$`));
    expect(stderr).not.toContain('secret');
    expect(code).toBe(1);
  });

  it('on SIGTERM closes the sockets, has all points in InfluxDB 1.6, and exits with 0', async () => {
    const influx = await startInflux1();
    onTestFinished(() => influx.stop());
    await influx.createDatabase('sender');
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const sender = await new RunningSender({
      REDIS_URL: redis.url,
      INFLUX_URL: influx.url,
      INFLUX_VERSION: '1',
      INFLUX_DATABASE: 'sender',
      // Nothing is sent but at the end.
      MONITORING_FLUSHING_PERIOD: '600',
    }).start();
    const client = await connectTo(redis);
    const socket = await sender.openSocket();
    await untilSubscribers(client, CHANNEL, 1);
    const message = nextMessage(socket);
    await sender.post('{"event_type":"face"}');
    await message;
    await sender.get('/version');
    await sender.get('/version');
    await sender.refusedUpgrade('/ws', {});
    await client.publish(CHANNEL, 'no JSON');
    client.destroy();

    const closed = once(socket, 'close');
    sender.program.signal('SIGTERM');
    const { code, stderr } = await sender.program.ended;
    expect([code, stderr]).toEqual([0, '']);
    expect((await closed)[0]).toBe(GOING_AWAY);

    const requests = await influx.query('sender', 'SELECT count(request_id) FROM requests GROUP BY route, status_code');
    expect(requests.map(({ route, status_code, count }) => [route, status_code, count])).toEqual([
      ['GET:/version', '200', 2],
      ['GET:/ws', '101', 1],
      ['GET:/ws', '403', 1],
      ['POST:/events', '201', 1],
    ]);
    const errors = await influx.query('sender', 'SELECT request_id FROM errors GROUP BY error_code');
    expect(errors.map(({ error_code }) => error_code)).toEqual(['29001']);
    const [sent] = await influx.query('sender', 'SELECT transport_time FROM ws_requests GROUP BY account_id');
    expect(sent?.['account_id']).toBe(ACCOUNT_ID);
    expect(sent?.['transport_time']).toBeGreaterThan(0);
    expect(await influx.count('sender', 'redis_message')).toBe(2);
    expect(await influx.count('sender', 'subscription_error')).toBe(1);
  });
});
