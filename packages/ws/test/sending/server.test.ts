import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { LunaRequestInfluxMonitoring, runWithMessage } from '@influx-monitoring/core';
import express from 'express';
import expressWs from 'express-ws';
import { WebSocket, WebSocketServer } from 'ws';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { instrumentUpgrades, unwrapServer, wrapServer, wrapSocket } from '../../src/index.ts';
import { newMessage, pointsOf, startMonitoring } from '../support/monitored.ts';
import { handshake } from '../support/raw-handshake.ts';
import { WS_VERSIONS, called, startHttp } from '../support/real-ws.ts';

const accountOf = (request: IncomingMessage): string | undefined => request.headers['luna-account-id']?.toString();

/** Opens a connection, and gives the server's end of it. */
async function open(
  sockets: Pick<WebSocketServer, 'once'>,
  port: number,
  { path = '/ws', account = 'account-1' }: { readonly path?: string; readonly account?: string } = {},
): Promise<WebSocket> {
  const connection = new Promise<WebSocket>((resolve) => {
    sockets.once('connection', (socket: WebSocket) => {
      resolve(socket);
    });
  });
  const client = new WebSocket(`ws://127.0.0.1:${String(port)}${path}`, { headers: { 'Luna-Account-Id': account } });
  onTestFinished(() => {
    client.terminate();
  });
  const [socket] = await Promise.all([connection, once(client, 'open')]);
  return socket;
}

const answer = (socket: Pick<WebSocket, 'send'>): Promise<unknown> =>
  called((callback) => {
    runWithMessage(newMessage(), () => {
      socket.send('event', callback);
    });
  });

const accountsOf = async (monitoring: LunaRequestInfluxMonitoring): Promise<unknown[]> =>
  (await pointsOf(monitoring, 'ws_requests')).map(({ tags }) => tags['account_id']);

const routesOf = async (monitoring: LunaRequestInfluxMonitoring): Promise<unknown[]> =>
  (await pointsOf(monitoring, 'requests')).map(({ tags }) => `${String(tags['route'])} ${String(tags['status_code'])}`);

describe.each(WS_VERSIONS)('wrapServer on ws $version', ({ ws }) => {
  it('records the handshake and the sends of each connection of a server given', async () => {
    const monitoring = startMonitoring();
    const { server, port } = await startHttp();
    const sockets = new ws.WebSocketServer({ server, path: '/ws' });
    expect(wrapServer(sockets, { monitoring, accountId: accountOf })).toBe(sockets);
    await answer(await open(sockets, port, { account: 'one' }));
    await answer(await open(sockets, port, { account: 'two' }));
    expect(await accountsOf(monitoring)).toEqual(['one', 'two']);
    expect(await routesOf(monitoring)).toEqual(['GET:/ws 101', 'GET:/ws 101']);
  });

  it('records those of a server that ws made for a port', async () => {
    const monitoring = startMonitoring();
    const sockets = new ws.WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(sockets, 'listening');
    onTestFinished(() => {
      sockets.close();
    });
    wrapServer(sockets, { monitoring, accountId: 'all' });
    // A server that listens on TCP has an address of this type.
    const { port } = sockets.address() as AddressInfo;
    await answer(await open(sockets, port));
    expect(await handshake(port, { headers: { 'Sec-WebSocket-Version': '7' } })).toBe(400);
    expect(await accountsOf(monitoring)).toEqual(['all']);
    expect(await routesOf(monitoring)).toEqual(['GET:/ws 101', 'GET:/ws 400']);
  });

  it('records those that reach handleUpgrade of a server without an HTTP server', async () => {
    const monitoring = startMonitoring();
    const { server, port } = await startHttp();
    const sockets = new ws.WebSocketServer({ noServer: true });
    wrapServer(sockets, { monitoring, accountId: accountOf, paths: ['/ws'] });
    server.on('upgrade', (request, socket: Duplex, head) => {
      sockets.handleUpgrade(request, socket, head, (client) => {
        sockets.emit('connection', client, request);
      });
    });
    await answer(await open(sockets, port));
    expect(await handshake(port, { headers: { Upgrade: 'h2c' } })).toBe(400);
    expect(await accountsOf(monitoring)).toEqual(['account-1']);
    expect(await routesOf(monitoring)).toEqual(['GET:/ws 101', 'GET:/ws 400']);
  });

  it('records a handshake once where the HTTP server is instrumented too', async () => {
    const monitoring = startMonitoring();
    const { server, port } = await startHttp();
    instrumentUpgrades(server, { monitoring });
    const sockets = new ws.WebSocketServer({ server });
    wrapServer(wrapServer(sockets, { monitoring }), { monitoring });
    await answer(await open(sockets, port));
    expect(await accountsOf(monitoring)).toEqual(['none']);
    expect(await routesOf(monitoring)).toEqual(['GET:/ws 101']);
    unwrapServer(sockets);
    expect(await handshake(port)).toBe(101);
    expect(await routesOf(monitoring)).toHaveLength(2);
  });

  it('leaves no trace once unwrapped, and adds no listener before', async () => {
    const monitoring = startMonitoring();
    const { server, port } = await startHttp();
    const sockets = new ws.WebSocketServer({ server });
    const look = (emitter: WebSocketServer | Server | WebSocket): unknown => [
      emitter.eventNames().map((name) => [name, emitter.listenerCount(name)]),
      Object.keys(emitter),
    ];
    const all = (emitter: object): unknown => Reflect.ownKeys(emitter);
    const before = [look(sockets), look(server)];
    const keys = [all(sockets), all(server)];
    const bare = look(await open(sockets, port));
    wrapServer(sockets, { monitoring });
    expect([look(sockets), look(server)]).toEqual(before);
    const socket = await open(sockets, port);
    expect(look(socket)).toEqual(bare);
    expect(unwrapServer(unwrapServer(sockets))).toBe(sockets);
    expect([all(sockets), all(server)]).toEqual(keys);
    expect(Object.hasOwn(socket, 'send')).toBe(false);
    await answer(await open(sockets, port));
    await answer(socket);
    expect(await accountsOf(monitoring)).toEqual([]);
    expect(await routesOf(monitoring)).toHaveLength(1);
  });
});

describe('wrapServer', () => {
  it('takes what the paths of several servers of one HTTP server say', async () => {
    const monitoring = startMonitoring();
    const { server, port } = await startHttp();
    const byPath = new Map(
      ['/one', '/two'].map((path) => [path, wrapServer(new WebSocketServer({ noServer: true, path }), { monitoring })]),
    );
    server.on('upgrade', (request, socket: Duplex, head) => {
      byPath.get(request.url ?? '')?.handleUpgrade(request, socket, head, () => undefined);
    });
    await handshake(port, { path: '/one', headers: { Upgrade: 'h2c' } });
    await handshake(port, { path: '/two', headers: { Upgrade: 'h2c' } });
    expect(await routesOf(monitoring)).toEqual(['GET:/one 400', 'GET:/two 400']);
  });

  it('works for express-ws', async () => {
    const monitoring = startMonitoring();
    const app = express();
    const { server, port } = await startHttp(createServer(app));
    const instance = expressWs(app, server);
    wrapServer(instance.getWss(), { monitoring, accountId: accountOf });
    const received = new Promise<string>((resolve) => {
      instance.app.ws('/room/:id', (socket, request) => {
        void answer(socket).then(() => {
          resolve(String(request.params['id']));
        });
      });
    });
    await open(instance.getWss(), port, { path: '/room/7' });
    expect(await received).toBe('7');
    expect(await accountsOf(monitoring)).toEqual(['account-1']);
    expect(await routesOf(monitoring)).toEqual(['GET:/room/7 101']);
  });

  it('gives no account where the function throws or gives none, and counts the throw', async () => {
    const monitoring = startMonitoring();
    const { server, port } = await startHttp();
    const sockets = new WebSocketServer({ server });
    wrapServer(sockets, {
      monitoring,
      accountId: ({ url }) => {
        if (url === '/throws') throw new Error('no account');
        return 7 as never;
      },
    });
    await answer(await open(sockets, port, { path: '/throws' }));
    await answer(await open(sockets, port, { path: '/number' }));
    expect(await accountsOf(monitoring)).toEqual(['none', 'none']);
    expect(monitoring.stats().counters).toEqual({ ws_option_threw: 1 });
  });

  it('lets a handleUpgrade that was put over it go on after it is unwrapped, and can wrap again', async () => {
    const monitoring = startMonitoring();
    const { server, port } = await startHttp();
    const sockets = wrapServer(new WebSocketServer({ server }), { monitoring });
    const ours = sockets.handleUpgrade.bind(sockets);
    const over = vi.fn<WebSocketServer['handleUpgrade']>((...parameters) => {
      ours(...parameters);
    });
    sockets.handleUpgrade = over;
    unwrapServer(sockets);
    await answer(await open(sockets, port));
    expect(over).toHaveBeenCalledOnce();
    expect(await accountsOf(monitoring)).toEqual([]);
    wrapServer(sockets, { monitoring });
    await answer(await open(sockets, port));
    expect(await accountsOf(monitoring)).toHaveLength(1);
  });

  it('takes the sockets of a server that tracks none', async () => {
    const monitoring = startMonitoring();
    const { server, port } = await startHttp();
    const sockets = new WebSocketServer({ server, clientTracking: false });
    wrapServer(sockets, { monitoring });
    const socket = await open(sockets, port);
    unwrapServer(sockets);
    await answer(socket);
    expect(await accountsOf(monitoring)).toEqual(['none']);
  });

  it('passes on a call without a callback, and sockets of another kind', async () => {
    const monitoring = startMonitoring();
    const handed: unknown[] = [];
    const server = {
      handleUpgrade: (_request: unknown, _socket: unknown, _head: unknown, callback?: (client: object) => void) => {
        handed.push(callback);
        callback?.({ isNoSocket: true });
        return 'returned';
      },
    };
    wrapServer(server, { monitoring });
    const clients: unknown[] = [];
    expect(server.handleUpgrade({ headers: {} }, {}, Buffer.alloc(0), (client) => clients.push(client))).toBe(
      'returned',
    );
    expect(server.handleUpgrade({ headers: {} }, {}, Buffer.alloc(0))).toBe('returned');
    expect(clients).toEqual([{ isNoSocket: true }]);
    expect(handed[1]).toBeUndefined();
    await monitoring.flush();
  });

  it('goes before a wrapSocket of the application, which then does nothing more', async () => {
    const monitoring = startMonitoring();
    const { server, port } = await startHttp();
    const sockets = wrapServer(new WebSocketServer({ server }), { monitoring, accountId: 'of the server' });
    const socket = wrapSocket(await open(sockets, port), { monitoring, accountId: 'of the socket' });
    await answer(socket);
    expect(await accountsOf(monitoring)).toEqual(['of the server']);
  });

  it('leaves the server untouched where monitoring is disabled', () => {
    const sockets = new WebSocketServer({ noServer: true });
    const keys = Reflect.ownKeys(sockets);
    wrapServer(sockets, { monitoring: new LunaRequestInfluxMonitoring({ enabled: false }) });
    expect(Reflect.ownKeys(sockets)).toEqual(keys);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['an HTTP server', createServer()],
    ['an HTTPS server', createTlsServer()],
    ['a frozen object', Object.freeze({ handleUpgrade: accountOf })],
  ])('cannot be made of %s', (_name, value) => {
    expect(() => wrapServer(value as WebSocketServer)).toThrow(
      expect.objectContaining({ code: 'ERR_NOT_INSTRUMENTABLE' }) as Error,
    );
  });

  it('refuses options that are none', () => {
    expect(() => wrapServer(new WebSocketServer({ noServer: true }), { account: 'a' } as object)).toThrow(
      'unknown option "account"',
    );
  });
});
