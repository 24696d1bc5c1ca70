import { once } from 'node:events';
import { startInflux1, startRedis, type Influx1Server, type RedisServer } from '@influx-monitoring/test-servers';
import { createClient } from 'redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startExample, type RunningExample } from './example.ts';

const DATABASE = 'examples';

describe('the examples of one screen', () => {
  let influx: Influx1Server;
  let redis: RedisServer;

  beforeAll(async () => {
    influx = await startInflux1();
    redis = await startRedis();
  });

  afterAll(async () => {
    await redis.stop();
    await influx.stop();
  });

  beforeEach(async () => {
    await influx.query('', `DROP DATABASE ${DATABASE}`);
    await influx.createDatabase(DATABASE);
  });

  function start(file: string): Promise<RunningExample> {
    return startExample(file, { INFLUX_DATABASE: DATABASE, INFLUX_URL: influx.url, REDIS_URL: redis.url });
  }

  async function stop(example: RunningExample): Promise<void> {
    expect(await example.stop()).toEqual({ code: 0, stderr: '' });
  }

  async function rows(series: string, tags: readonly string[]): Promise<unknown[]> {
    const found = await influx.query(DATABASE, `SELECT * FROM ${series}`);
    return found.map((row) => tags.map((tag) => row[tag])).sort();
  }

  async function publish(channel: string, message: string): Promise<void> {
    const publisher = createClient({ url: redis.url });
    await publisher.connect();
    await publisher.publish(channel, message);
    publisher.destroy();
  }

  it('express.ts has each request and each error, with what a handler added', async () => {
    const example = await start('express.ts');
    const url = `http://127.0.0.1:${String(example.port)}`;
    await (await fetch(`${url}/api/users/7`)).text();
    await (await fetch(`${url}/api/broken`)).text();
    await (await fetch(`${url}/nowhere`)).text();
    const { code, stderr } = await example.stop();
    // Express prints what a handler throws.
    expect({ code, stderr: stderr.split('\n')[0] }).toEqual({ code: 0, stderr: 'Error: broken' });
    expect(await rows('requests', ['route', 'status_code', 'plan'])).toEqual([
      ['GET:/api/broken', '500', null],
      ['GET:/api/users/:id', '200', 'free'],
      ['GET:unmatched', '404', null],
    ]);
    expect(await rows('errors', ['route', 'error_code'])).toEqual([
      ['GET:/api/broken', '500'],
      ['GET:unmatched', '404'],
    ]);
  });

  it('ws.ts has each handshake', async () => {
    const example = await start('ws.ts');
    await echo(`ws://127.0.0.1:${String(example.port)}/ws`);
    await stop(example);
    expect(await rows('requests', ['route', 'status_code'])).toEqual([['GET:/ws', '101']]);
  });

  it('redis.ts has each message', async () => {
    const example = await start('redis.ts');
    await publish('news', '{"request_id":"one"}');
    await publish('news', 'two');
    await stop(example);
    expect(await rows('redis_message', ['chanel', 'request_id'])).toEqual([
      ['news', 'none'],
      ['news', 'one'],
    ]);
  });

  it('all.ts has a message on its way from Redis to a client', async () => {
    const example = await start('all.ts');
    const address = `127.0.0.1:${String(example.port)}`;
    await (await fetch(`http://${address}/version`)).text();
    const socket = new WebSocket(`ws://${address}/ws`, { headers: { 'luna-account-id': 'a1' } });
    await once(socket, 'open');
    const received = once(socket, 'message');
    await publish('news', '{"request_id":"one"}');
    expect(String((await received)[0])).toBe('{"request_id":"one"}');
    await stop(example);
    expect(await rows('ws_requests', ['account_id', 'request_id'])).toEqual([['a1', 'one']]);
    expect(await rows('redis_message', ['chanel', 'request_id'])).toEqual([['news', 'one']]);
    expect(await rows('requests', ['route', 'status_code'])).toEqual([
      ['GET:/version', '200'],
      ['GET:/ws', '101'],
    ]);
  });

  it('express-ws.ts has the handshakes of express-ws once', async () => {
    const example = await start('express-ws.ts');
    await echo(`ws://127.0.0.1:${String(example.port)}/echo/kitchen`);
    await stop(example);
    expect(await rows('requests', ['status_code'])).toEqual([['101']]);
  });

  it('nestjs.ts has the routes of controllers, and the errors that NestJS answers by itself', async () => {
    const example = await start('nestjs.ts');
    const url = `http://127.0.0.1:${String(example.port)}`;
    for (const path of ['/api/users/7', '/api/users/7/secret', '/api/users/7/broken', '/nowhere']) {
      await (await fetch(`${url}${path}`)).text();
    }
    const { code, stderr } = await example.stop();
    // NestJS logs what a handler throws, unless it is an HttpException.
    expect({ code, errorCount: stderr.match(/ERROR/g)?.length }).toEqual({ code: 0, errorCount: 1 });
    // What no controller has is answered by a middleware of NestJS at the root, with a 404.
    expect(await rows('requests', ['route', 'status_code'])).toEqual([
      ['GET:/api/users/:id', '200'],
      ['GET:/api/users/:id/broken', '500'],
      ['GET:/api/users/:id/secret', '403'],
      ['GET:unmatched', '404'],
    ]);
    expect(await rows('errors', ['route', 'error_code'])).toEqual([
      ['GET:/api/users/:id/broken', '500'],
      ['GET:/api/users/:id/secret', '403'],
      ['GET:unmatched', '404'],
    ]);
  });

  it('cluster.ts has the points of all its processes', async () => {
    const example = await start('cluster.ts');
    const url = `http://127.0.0.1:${String(example.port)}/version`;
    const answers = Array.from({ length: 40 }, async () => {
      const response = await fetch(url, { headers: { connection: 'close' } });
      return await response.text();
    });
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['{"version":"1.0.0"}']));
    await stop(example);
    expect(await rows('requests', ['route'])).toHaveLength(40);
  });
});

/** Sends a message and waits until it comes back. */
async function echo(url: string): Promise<void> {
  const socket = new WebSocket(url);
  await once(socket, 'open');
  const received = once(socket, 'message');
  socket.send('hello');
  expect(String((await received)[0])).toBe('hello');
}
