import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  LunaRequestInfluxMonitoring,
  MemoryMonitoringAdapter,
  runWithMessage,
  type StoredPoint,
} from '@influx-monitoring/core';
import { startChat } from '@influx-monitoring/example-socket-io';
import { startRedis, type RedisServer } from '@influx-monitoring/test-servers';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

describe('two servers of socket.io over the Redis adapter', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedis();
  });

  afterAll(async () => {
    await redis.stop();
  });

  /** A server with a monitoring of its own. */
  async function start() {
    const monitoring = new LunaRequestInfluxMonitoring();
    const chat = await startChat({ monitoring, port: 0, redisUrl: redis.url });
    onTestFinished(async () => {
      await chat.stop();
      await monitoring.stop();
    });
    // A server that listens on TCP has an address of this type.
    const { port } = chat.io.httpServer.address() as AddressInfo;
    const points = async (series: string): Promise<StoredPoint[]> => {
      await monitoring.flush();
      const { adapter } = monitoring;
      return adapter instanceof MemoryMonitoringAdapter ? adapter.client.points({ series }) : [];
    };
    return { chat, monitoring, points, port, connect: (account: string) => connect(port, account) };
  }

  it('measure what comes over Redis at the server that hands it on, for each of its clients', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    const speaker = await one.connect('speaker');
    const listeners = await Promise.all(['a', 'b', 'c'].map((account) => two.connect(account)));
    const heard = Promise.all([speaker, ...listeners].map((client) => hears(client)));
    speaker.emit('say', 'hello');
    expect(await heard).toEqual(['hello', 'hello', 'hello', 'hello']);

    const sends = await two.points('ws_requests');
    expect(sends.map(({ tags }) => tags['account_id']).sort()).toEqual(['a', 'b', 'c']);
    for (const { fields } of sends) expect(fields['transport_time']).toBeGreaterThan(0);
    const messages = await two.points('redis_message');
    expect(messages.map(({ tags }) => tags['chanel'])).toEqual(['socket.io#/#']);
    // What the speaker's own server sent it did not come over Redis: nothing is guessed.
    expect(await one.points('ws_requests')).toEqual([]);
    expect(one.monitoring.stats().counters['ws_send_without_context']).toBeGreaterThan(0);
  });

  it('record each handshake, accepted or refused', async () => {
    const { connect: open, points, port } = await start();
    await open('a');
    const refused = request({
      port,
      path: '/socket.io/?EIO=4&transport=websocket&sid=unknown',
      headers: { Connection: 'Upgrade', Upgrade: 'websocket' },
    });
    const [response] = (await once(refused.end(), 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(400);
    const handshakes = await points('requests');
    expect(handshakes.map(({ tags }) => `${String(tags['route'])} ${String(tags['status_code'])}`)).toEqual([
      'GET:/socket.io/ 101',
      'GET:/socket.io/ 400',
    ]);
    expect(await points('errors')).toHaveLength(1);
  });

  it('record an error for each send that was not over when its connection closed', async () => {
    const { chat, connect: open, points } = await start();
    await open('gone');
    const [socket] = chat.io.sockets.sockets.values();
    if (socket === undefined) throw new Error('the client is not connected');
    const closed = once(socket.conn, 'close');
    const message = { channel: 'socket.io#/#', receivedAt: Date.now() / 1000, receivedAtMs: 0, requestId: 'none' };
    runWithMessage(message, () => {
      // The first occupies the connection, so the second still waits in socket.io when it closes.
      socket.emit('said', 'first');
      socket.emit('said', 'second');
    });
    socket.conn.close(true);
    await closed;
    expect((await points('subscription_error')).map(({ tags }) => tags['error_code'])).toEqual(['29004', '29004']);
    expect(await points('ws_requests')).toEqual([]);
  });
});

async function connect(port: number, account: string): Promise<Socket> {
  const client = io(`http://127.0.0.1:${String(port)}`, {
    transports: ['websocket'],
    extraHeaders: { 'Luna-Account-Id': account },
    forceNew: true,
  });
  onTestFinished(() => {
    client.close();
  });
  await new Promise<void>((resolve) => client.once('connect', resolve));
  return client;
}

function hears(client: Socket): Promise<unknown> {
  return new Promise((resolve) => client.once('said', resolve));
}
