import { runWithMessage } from '@influx-monitoring/core';
import type { WebSocket } from 'ws';
import * as ws from 'ws';
import { WebSocketServer } from 'ws';
import { describe, expect, it, vi } from 'vitest';
import {
  instrumentUpgrades,
  uninstrumentUpgrades,
  unwrapServer,
  unwrapSocket,
  wrapServer,
  wrapSocket,
} from '../../src/index.ts';
import { newMessage, pointsOf, startMonitoring } from '../support/monitored.ts';
import { handshake } from '../support/raw-handshake.ts';
import { called, startHttp, startSocket } from '../support/real-ws.ts';

type Monitoring = ReturnType<typeof startMonitoring>;

const answer = (socket: WebSocket): Promise<unknown> =>
  called((callback) => {
    runWithMessage(newMessage(), () => {
      socket.send('event', callback);
    });
  });

const countsOf = (series: string, ...monitorings: Monitoring[]): Promise<number[]> =>
  Promise.all(monitorings.map(async (monitoring) => (await pointsOf(monitoring, series)).length));

describe('a second monitoring', () => {
  it('has the points of a socket too, until one of them is taken off', async () => {
    const [first, second] = [startMonitoring(), startMonitoring()];
    const { socket } = await startSocket(ws);
    const keys = Reflect.ownKeys(socket);
    wrapSocket(socket, { monitoring: first, accountId: 'one' });
    wrapSocket(socket, { monitoring: second, accountId: 'two', sampleRate: 0, slowSeconds: 0 });
    wrapSocket(socket, { monitoring: second });
    await answer(socket);
    expect(await countsOf('ws_requests', first, second)).toEqual([1, 1]);
    const [point] = await pointsOf(second, 'ws_requests');
    expect([point?.tags['account_id'], point?.fields['sample_rate']]).toEqual(['two', 1]);
    unwrapSocket(socket, { monitoring: first });
    await answer(socket);
    expect(await countsOf('ws_requests', first, second)).toEqual([1, 2]);
    wrapSocket(socket, { monitoring: first });
    unwrapSocket(socket, { monitoring: second });
    unwrapSocket(socket, { monitoring: second });
    await answer(socket);
    expect(await countsOf('ws_requests', first, second)).toEqual([2, 2]);
    unwrapSocket(socket);
    await answer(socket);
    expect(await countsOf('ws_requests', first, second)).toEqual([2, 2]);
    expect(Reflect.ownKeys(socket)).toEqual(keys);
  });

  it('has the handshakes of a server too, until one of them is taken off', async () => {
    const [first, second] = [startMonitoring(), startMonitoring()];
    const { server, port } = await startHttp();
    const keys = Reflect.ownKeys(server);
    server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    for (const monitoring of [first, second, second]) instrumentUpgrades(server, { monitoring });
    await handshake(port);
    expect(await countsOf('errors', first, second)).toEqual([1, 1]);
    uninstrumentUpgrades(server, { monitoring: first });
    await handshake(port);
    expect(await countsOf('errors', first, second)).toEqual([1, 2]);
    uninstrumentUpgrades(server);
    await handshake(port);
    expect(await countsOf('errors', first, second)).toEqual([1, 2]);
    expect(Reflect.ownKeys(server).filter((key) => key !== '_events')).toEqual(keys.filter((key) => key !== '_events'));
  });

  it('has the handshakes and sends of a server of ws too, until one of them is taken off', async () => {
    const [first, second] = [startMonitoring(), startMonitoring()];
    const { server, port } = await startHttp();
    const sockets = new WebSocketServer({ server });
    wrapServer(wrapServer(sockets, { monitoring: first }), { monitoring: second });
    const open = async (): Promise<WebSocket> => {
      const connected = new Promise<WebSocket>((resolve) => sockets.once('connection', resolve));
      const client = new ws.WebSocket(`ws://127.0.0.1:${String(port)}/ws`);
      const socket = await connected;
      socket.on('close', () => {
        client.terminate();
      });
      return socket;
    };
    const socket = await open();
    await answer(socket);
    expect(await countsOf('ws_requests', first, second)).toEqual([1, 1]);
    unwrapServer(sockets, { monitoring: first });
    await answer(socket);
    await answer(await open());
    expect(await countsOf('ws_requests', first, second)).toEqual([1, 3]);
    expect(await countsOf('requests', first, second)).toEqual([1, 2]);
    unwrapServer(sockets);
    await answer(socket);
    expect(await countsOf('ws_requests', first, second)).toEqual([1, 3]);
  });
});

describe('a wrap that somebody removed', () => {
  it('is put there again on a socket: deleted, replaced, covered or restored', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    const recordsOne = async (): Promise<void> => {
      const before = (await pointsOf(monitoring, 'ws_requests')).length;
      await answer(socket);
      expect((await pointsOf(monitoring, 'ws_requests')).length - before).toBe(1);
    };
    const wrapAgain = async (): Promise<void> => {
      wrapSocket(socket, { monitoring });
      await recordsOne();
      wrapSocket(socket, { monitoring });
      await recordsOne();
    };
    await wrapAgain();
    Reflect.deleteProperty(socket, 'send');
    await wrapAgain();
    // Replaced by what does not call ours.
    socket.send = ws.WebSocket.prototype.send.bind<WebSocket['send']>(socket);
    await wrapAgain();
    unwrapSocket(socket);
    Reflect.deleteProperty(socket, 'send');
    await wrapAgain();
    // Covered by what does.
    const spy = vi.spyOn(socket, 'send');
    await wrapAgain();
    expect(spy).toHaveBeenCalledTimes(2);
    unwrapSocket(socket);
    expect(Reflect.get(socket, 'send')).toBe(spy);
    await wrapAgain();
    spy.mockRestore();
    await wrapAgain();
    unwrapSocket(socket);
    expect(Reflect.ownKeys(socket).filter((key) => String(key).includes('influx') || key === 'send')).toEqual([]);
    expect(Reflect.get(socket, 'send')).toBe(Reflect.get(ws.WebSocket.prototype, 'send'));
  });

  it('is no method of ours that has the properties of one', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    const copy = Object.defineProperties(
      ws.WebSocket.prototype.send.bind(socket),
      Object.getOwnPropertyDescriptors(Reflect.get(socket, 'send')),
    );
    socket.send = copy;
    wrapSocket(socket, { monitoring });
    await answer(socket);
    expect(await pointsOf(monitoring, 'ws_requests')).toHaveLength(1);
  });

  it('is put there again on the servers of node:http and of ws', async () => {
    const monitoring = startMonitoring();
    const { server, port } = await startHttp();
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (client) => {
        client.terminate();
      });
    });
    instrumentUpgrades(server, { monitoring });
    Reflect.deleteProperty(server, 'emit');
    instrumentUpgrades(instrumentUpgrades(server, { monitoring }), { monitoring });
    expect(await handshake(port)).toBe(101);
    expect(await pointsOf(monitoring, 'requests')).toHaveLength(1);
    const spy = vi.spyOn(server, 'emit');
    instrumentUpgrades(server, { monitoring });
    expect(await handshake(port)).toBe(101);
    expect(await pointsOf(monitoring, 'requests')).toHaveLength(2);
    uninstrumentUpgrades(server);
    spy.mockRestore();
    expect(await handshake(port)).toBe(101);
    expect(await pointsOf(monitoring, 'requests')).toHaveLength(2);
    wrapServer(sockets, { monitoring });
    Reflect.deleteProperty(sockets, 'handleUpgrade');
    wrapServer(sockets, { monitoring });
    expect(await handshake(port)).toBe(101);
    expect(await pointsOf(monitoring, 'requests')).toHaveLength(3);
  });
});
