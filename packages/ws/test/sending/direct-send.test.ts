import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runWithMessage } from '@influx-monitoring/core';
import type { WebSocket } from 'ws';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { wrapSocket } from '../../src/index.ts';
import { newMessage, numberField, pointsOf, startMonitoring } from '../support/monitored.ts';
import {
  WS_VERSIONS,
  receive,
  startHttp,
  startSocket,
  stopReading,
  type Connection,
  type WsModule,
} from '../support/real-ws.ts';

const BULK = Buffer.alloc(1024 * 1024);

/** A send has a callback of the user's, or none. */
const CALLBACKS: readonly [string, (() => undefined)[]][] = [
  ['without', []],
  ['with', [() => undefined]],
];

/** Whether ws was given a callback, send by send. */
function watchCallbacks(socket: WebSocket): boolean[] {
  const sender: unknown = Reflect.get(socket, '_sender');
  if (typeof sender !== 'object' || sender === null) throw new Error('an open socket has a sender');
  const send = Reflect.get(sender, 'send') as (...parameters: unknown[]) => unknown;
  const given: boolean[] = [];
  Reflect.set(sender, 'send', (...parameters: unknown[]) => {
    given.push(typeof parameters[2] === 'function');
    return Reflect.apply(send, sender, parameters);
  });
  return given;
}

function streamOf(socket: WebSocket): Socket {
  const stream: unknown = Reflect.get(socket, '_socket');
  if (!(stream instanceof Socket)) throw new Error('an open socket has a stream');
  return stream;
}

/** A connection over TLS, by a certificate that is made for it. */
async function startSecureSocket(ws: WsModule): Promise<Connection> {
  const folder = mkdtempSync(join(tmpdir(), 'influx-monitoring-ws-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  execFileSync('openssl', [...kind, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
  const [key, cert] = [readFileSync(keyFile), readFileSync(certFile)];
  rmSync(folder, { recursive: true });
  const { server, port } = await startHttp(createHttpsServer({ cert, key }));
  const sockets = new ws.WebSocketServer({ server });
  const accepted = once(sockets, 'connection') as Promise<[WebSocket]>;
  const client = new ws.WebSocket(`wss://127.0.0.1:${String(port)}`, { rejectUnauthorized: false });
  const [[socket]] = await Promise.all([accepted, once(client, 'open')]);
  onTestFinished(() => {
    client.terminate();
  });
  return { client, socket };
}

describe.each(WS_VERSIONS)('a direct send, on ws $version', ({ version, ws }) => {
  it('gets no callback of ours where the kernel takes it at once, and is recorded all the same', async () => {
    const monitoring = startMonitoring({ service: 'sender' });
    const { client, socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring, accountId: 'account-1' });
    const given = watchCallbacks(socket);
    const received = receive(client, 4);
    runWithMessage(newMessage(), () => {
      socket.send('text');
      socket.send(Buffer.from('bytes'), { binary: true });
      socket.send('', { compress: true });
      socket.send('x'.repeat(70_000), { fin: true });
    });
    expect((await received).map(({ length }) => length)).toEqual([4, 5, 0, 70_000]);
    expect(given).toEqual([false, false, false, false]);
    const points = await pointsOf(monitoring, 'ws_requests');
    expect(points.map(({ tags }) => tags)).toEqual(Array(4).fill({ account_id: 'account-1', service: 'sender' }));
    expect(points.map(({ fields }) => fields['request_id'])).toEqual(Array(4).fill('request-1'));
  });

  it.each(CALLBACKS)(
    'ends when it returns, %s a callback: not with the turn, and not with those after it',
    async (_how, callback) => {
      let nowMs = 1000;
      const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
      onTestFinished(() => {
        clock.mockRestore();
      });
      const monitoring = startMonitoring();
      const { socket } = await startSocket(ws);
      wrapSocket(socket, { monitoring });
      runWithMessage({ ...newMessage(), receivedAtMs: nowMs }, () => {
        for (const elapsedMs of [1, 20, 300]) {
          nowMs += elapsedMs;
          socket.send('event', ...callback);
        }
        nowMs += 4000;
      });
      await new Promise((resolve) => setImmediate(resolve));
      clock.mockRestore();
      const times = (await pointsOf(monitoring, 'ws_requests')).map((point) => numberField(point, 'transport_time'));
      expect(times).toEqual([0.001, 0.021, 0.321]);
    },
  );

  it.each(CALLBACKS)('ends, %s a callback, with what the kernel could not take at once', async (_how, callback) => {
    const monitoring = startMonitoring();
    const { client, socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    const given = watchCallbacks(socket);
    const reading = stopReading(client);
    const message = newMessage();
    const received = receive(client, 32);
    const waiting: number[] = [];
    runWithMessage(message, () => {
      for (let index = 0; index < 32; index += 1) {
        socket.send(BULK, ...callback);
        waiting.push(socket.bufferedAmount);
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const resumedSeconds = (performance.now() - message.receivedAtMs) / 1000;
    reading.resume();
    await received;
    // The bytes of the last are with the client; its end is told in the turns that follow.
    await vi.waitFor(async () => {
      expect(await pointsOf(monitoring, 'ws_requests')).toHaveLength(32);
    });
    const cut = waiting.findIndex((bytes) => bytes > 0);
    expect(cut).toBeGreaterThan(0);
    // The first finds nothing that waits; those behind the one that was cut have callbacks of ours.
    const isGiven = callback.length > 0;
    expect(given).toEqual(waiting.map((_bytes, index) => isGiven || index > cut));
    const times = (await pointsOf(monitoring, 'ws_requests')).map((point) => numberField(point, 'transport_time'));
    times.sort((left, right) => left - right);
    for (const time of times.slice(0, cut)) expect(time).toBeLessThan(resumedSeconds);
    for (const time of times.slice(cut)) expect(time).toBeGreaterThanOrEqual(resumedSeconds);
  });

  it('is a point or an error where the connection breaks', async () => {
    const monitoring = startMonitoring();
    const { client, socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    stopReading(client);
    runWithMessage(newMessage(), () => {
      for (let index = 0; index < 32; index += 1) socket.send(BULK);
    });
    socket.terminate();
    await once(socket, 'close');
    const [errors, points] = [
      await pointsOf(monitoring, 'subscription_error'),
      await pointsOf(monitoring, 'ws_requests'),
    ];
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length + points.length).toBe(32);
    expect(new Set(errors.map(({ tags }) => tags['error_code']))).toEqual(new Set(['29004']));
  });

  it('is an error where the kernel refuses it at once, as often as a callback would tell', async () => {
    const failed: number[] = [];
    for (const hasCallback of [false, true]) {
      const monitoring = startMonitoring();
      const { client, socket } = await startSocket(ws);
      wrapSocket(socket, { monitoring });
      const closed = once(socket, 'close');
      socket.on('error', () => undefined);
      streamOf(client).resetAndDestroy();
      runWithMessage(newMessage(), () => {
        for (let index = 0; index < 3; index += 1) {
          if (hasCallback) socket.send('event', () => undefined);
          else socket.send('event');
        }
      });
      await closed;
      expect(await pointsOf(monitoring, 'ws_requests')).toEqual([]);
      failed.push((await pointsOf(monitoring, 'subscription_error')).length);
    }
    expect(failed).toEqual([3, 3]);
  });

  it('is recorded each, of more than wait to be recorded together', async () => {
    const monitoring = startMonitoring();
    const { client, socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    const given = watchCallbacks(socket);
    const received = receive(client, 2500);
    runWithMessage(newMessage(), () => {
      for (let index = 0; index < 2500; index += 1) socket.send('event');
    });
    await received;
    expect(given.filter((isGiven) => isGiven)).toEqual([]);
    expect(await pointsOf(monitoring, 'ws_requests')).toHaveLength(2500);
  });

  it('may be sent by who looks at the lines of others', async () => {
    const monitoring = startMonitoring();
    const { client, socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    const received = receive(client, 4);
    let left = 2;
    const onLine = (): void => {
      if (left === 0) return;
      left -= 1;
      runWithMessage(newMessage('again'), () => {
        socket.send('again');
      });
    };
    monitoring.observeLines({ onLine });
    runWithMessage(newMessage('first'), () => {
      socket.send('first');
      socket.send('second');
    });
    expect((await received).map(String).sort()).toEqual(['again', 'again', 'first', 'second']);
    const points = await pointsOf(monitoring, 'ws_requests');
    expect(points.map(({ fields }) => fields['request_id']).sort()).toEqual(['again', 'again', 'first', 'first']);
  });

  it.each([
    {
      name: 'ends the socket',
      close: (socket: WebSocket) => {
        socket.terminate();
      },
    },
    {
      name: 'begins to close it',
      close: (socket: WebSocket) => {
        socket.close();
      },
    },
    {
      name: 'destroys its stream',
      close: (socket: WebSocket) => {
        streamOf(socket).destroy();
      },
    },
    {
      name: 'ends its stream',
      close: (socket: WebSocket) => {
        streamOf(socket).end();
      },
    },
  ])('is an error where who is asked for the account $name', async ({ close }) => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    const closed = once(socket, 'close');
    socket.on('error', () => undefined);
    const accountId = (): string => {
      close(socket);
      return 'account-1';
    };
    wrapSocket(socket, { monitoring, accountId });
    runWithMessage(newMessage(), () => {
      socket.send('too late');
    });
    await closed;
    expect(await pointsOf(monitoring, 'ws_requests')).toEqual([]);
    expect(await pointsOf(monitoring, 'subscription_error')).toHaveLength(1);
  });

  /** Each is a reason why the end is not known when `send` returns. */
  const others: readonly { name: string; since?: string; start: () => Promise<Connection>; data?: unknown }[] = [
    { name: 'over TLS', start: () => startSecureSocket(ws) },
    { name: 'compressed', start: () => startSocket(ws, { perMessageDeflate: { threshold: 0 } }) },
    { name: 'of a Blob', since: '8.23.0', data: new Blob(['event']), start: () => startSocket(ws) },
    { name: 'of what is made text', data: 42, start: () => startSocket(ws) },
    {
      name: "of a class with a send of the user's own",
      // ws 8.0 has no option for it.
      since: '8.23.0',
      start: () => {
        class UserSocket extends ws.WebSocket {
          override send(...parameters: never[]): void {
            setImmediate(() => {
              super.send(...(parameters as unknown as Parameters<WebSocket['send']>));
            });
          }
        }
        return startSocket(ws, { WebSocket: UserSocket });
      },
    },
    {
      name: 'over a send that somebody put on the socket',
      start: async () => {
        const connection = await startSocket(ws);
        const { socket } = connection;
        const send = socket.send.bind(socket) as (...parameters: unknown[]) => void;
        Reflect.set(socket, 'send', (...parameters: unknown[]) => {
          send(...parameters);
        });
        return connection;
      },
    },
    {
      name: 'over a stream whose write somebody replaced',
      start: async () => {
        const connection = await startSocket(ws);
        const stream = streamOf(connection.socket);
        const write = stream.write.bind(stream) as (...parameters: unknown[]) => boolean;
        Reflect.set(stream, 'write', (...parameters: unknown[]) => write(...parameters));
        return connection;
      },
    },
  ];
  it.each(others.filter(({ since }) => since === undefined || since === version))(
    'gets one where the kernel may have it later: $name',
    async ({ start, data = 'event' }) => {
      const monitoring = startMonitoring();
      const { client, socket } = await start();
      wrapSocket(socket, { monitoring });
      const given = watchCallbacks(socket);
      const received = receive(client, 2);
      runWithMessage(newMessage(), () => {
        for (let index = 0; index < 2; index += 1) socket.send(data as string);
      });
      await received;
      await vi.waitFor(async () => {
        expect(await pointsOf(monitoring, 'ws_requests')).toHaveLength(2);
      });
      expect(given).toEqual([true, true]);
    },
  );

  it('gets one where gauges count it, or two monitorings have it', async () => {
    const monitoring = startMonitoring();
    const { client, socket } = await startSocket(ws);
    const received = receive(client, 2);
    const given = watchCallbacks(socket);
    wrapSocket(socket, { monitoring, gauges: true });
    runWithMessage(newMessage(), () => {
      socket.send('event');
    });
    const second = startMonitoring();
    wrapSocket(socket, { monitoring: second });
    runWithMessage(newMessage(), () => {
      socket.send('event');
    });
    await received;
    await vi.waitFor(async () => {
      expect(await pointsOf(monitoring, 'ws_requests')).toHaveLength(2);
    });
    expect(await pointsOf(second, 'ws_requests')).toHaveLength(1);
    expect(given).toEqual([true, true]);
  });

  it.each(CALLBACKS)('ends, %s a callback, with the cork of a stream', async (_how, callback) => {
    let nowMs = 1000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    onTestFinished(() => {
      clock.mockRestore();
    });
    const monitoring = startMonitoring();
    const { client, socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    const received = receive(client);
    const stream = streamOf(socket);
    stream.cork();
    runWithMessage({ ...newMessage(), receivedAtMs: nowMs }, () => {
      socket.send('event', ...callback);
    });
    nowMs += 500;
    stream.uncork();
    await received;
    clock.mockRestore();
    const times = (await pointsOf(monitoring, 'ws_requests')).map((point) => numberField(point, 'transport_time'));
    expect(times).toEqual([0.5]);
  });
});
