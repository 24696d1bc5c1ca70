import { once } from 'node:events';
import { ServerResponse, createServer, type IncomingMessage, type Server } from 'node:http';
import { Socket, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import express from 'express';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  handshakeData,
  instrumentUpgrades,
  uninstrumentUpgrades,
  type InstrumentUpgradesOptions,
} from '../../src/index.ts';
import { numberField, pointsOf, startMonitoring } from '../support/monitored.ts';
import { handshake, type RawHandshake } from '../support/raw-handshake.ts';
import { WS_VERSIONS, startHttp } from '../support/real-ws.ts';

type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** A server with one hand-written handler of upgrades. */
async function startUpgrades(
  handler: UpgradeHandler,
  options: InstrumentUpgradesOptions = {},
): Promise<{ monitoring: LunaRequestInfluxMonitoring; port: number; server: Server; sockets: Duplex[] }> {
  const monitoring = startMonitoring({ service: 'sender' });
  const { server, port } = await startHttp();
  const sockets: Duplex[] = [];
  instrumentUpgrades(server, { monitoring, ...options });
  server.on('upgrade', (request, socket, head) => {
    sockets.push(socket);
    onTestFinished(() => {
      socket.destroy();
    });
    handler(request, socket, head);
  });
  return { monitoring, port, server, sockets };
}

const ACCEPTED = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

const routeOf = async (monitoring: LunaRequestInfluxMonitoring): Promise<unknown[]> =>
  (await pointsOf(monitoring, 'requests')).map(({ tags }) => `${String(tags['route'])} ${String(tags['status_code'])}`);

describe.each(WS_VERSIONS)('instrumentUpgrades with ws $version', ({ ws }) => {
  it("records an accepted handshake with its own duration, not the connection's", async () => {
    const monitoring = startMonitoring({ service: 'sender' });
    const { server, port } = await startHttp();
    instrumentUpgrades(server, { monitoring });
    const sockets = new ws.WebSocketServer({
      server,
      verifyClient: (_info: unknown, accept: (isAccepted: boolean) => void) => {
        setTimeout(accept, 50, true);
      },
    });
    const beganAt = performance.now();
    const client = new ws.WebSocket(`ws://127.0.0.1:${String(port)}/ws?token=secret`, {
      headers: { 'Luna-Request-Id': 'from-outside' },
    });
    await once(client, 'open');
    const openedAfterSeconds = (performance.now() - beganAt) / 1000;
    client.close();
    await once(client, 'close');
    sockets.close();
    const [point, ...others] = await pointsOf(monitoring, 'requests');
    expect(others).toEqual([]);
    expect(point?.tags).toEqual({ route: 'GET:/ws', service: 'sender', status_code: '101' });
    expect(point?.fields['request_id']).toBe('from-outside');
    const executionTime = numberField(point, 'execution_time');
    // A timer of Node may fire a millisecond early.
    expect(executionTime).toBeGreaterThanOrEqual(0.049);
    expect(executionTime).toBeLessThanOrEqual(openedAfterSeconds);
    expect(await pointsOf(monitoring, 'errors')).toEqual([]);
  });

  it.each<{ name: string; status: number; sent: RawHandshake }>([
    { name: 'a wrong method', status: 405, sent: { method: 'POST' } },
    { name: 'another upgrade', status: 400, sent: { headers: { Upgrade: 'h2c' } } },
    { name: 'no key', status: 400, sent: { headers: { 'Sec-WebSocket-Key': undefined } } },
    { name: 'a wrong version', status: 400, sent: { headers: { 'Sec-WebSocket-Version': '7' } } },
    { name: 'another path', status: 400, sent: { path: '/other' } },
    { name: 'a client that is not let in', status: 401, sent: { headers: { Authorization: 'no' } } },
  ])('records a handshake refused for $name', async ({ status, sent }) => {
    const monitoring = startMonitoring({ service: 'sender' });
    const { server, port } = await startHttp();
    instrumentUpgrades(server, { monitoring, paths: ['/ws', '/other'] });
    const sockets = new ws.WebSocketServer({
      server,
      path: '/ws',
      verifyClient: ({ req }: { req: IncomingMessage }) => req.headers.authorization === undefined,
    });
    const answered = await handshake(port, sent);
    sockets.close();
    // ws 8.0 answers 400 where later ones answer 405.
    const expected = status === 405 && ws !== WS_VERSIONS[0]?.ws ? 400 : status;
    expect(answered).toBe(expected);
    const route = `${sent.method ?? 'GET'}:${sent.path ?? '/ws'}`;
    const tags = { route, service: 'sender', status_code: String(expected) };
    expect((await pointsOf(monitoring, 'requests')).map((point) => point.tags)).toEqual([tags]);
    expect((await pointsOf(monitoring, 'errors')).map((point) => point.tags)).toEqual([
      { ...tags, error_code: String(expected) },
    ]);
  });
});

describe('instrumentUpgrades with handlers written by hand', () => {
  it.each<{ way: string; status: number; answer: (socket: Duplex, request: IncomingMessage) => void }>([
    { way: 'a text', status: 101, answer: (socket) => socket.write(ACCEPTED) },
    { way: 'bytes', status: 101, answer: (socket) => socket.write(Buffer.from(ACCEPTED)) },
    {
      way: 'pieces of a line',
      status: 101,
      answer: (socket) => {
        socket.write('HTT');
        socket.write(Buffer.from('P/1.1 1'));
        socket.write(ACCEPTED.slice('HTTP/1.1 1'.length));
      },
    },
    {
      way: 'an interim answer first',
      status: 101,
      answer: (socket) => {
        socket.write('HTTP/1.1 103 Early Hints\r\n\r\n');
        socket.write(ACCEPTED);
      },
    },
    { way: 'the end', status: 401, answer: (socket) => socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n') },
    {
      way: 'a response of Node',
      status: 503,
      answer: (socket, request) => {
        const response = new ServerResponse(request);
        if (!(socket instanceof Socket)) throw new Error('a server without TLS gives TCP sockets');
        response.assignSocket(socket);
        response.writeHead(503, { Connection: 'close' }).end('later');
        response.on('finish', () => socket.end());
      },
    },
    { way: 'the end of the connection', status: 499, answer: (socket) => socket.destroy() },
    { way: 'an end without an answer', status: 499, answer: (socket) => socket.end() },
    { way: 'something that is not HTTP', status: 499, answer: (socket) => socket.end('what do you want?') },
  ])('records the status answered by $way', async ({ status, answer }) => {
    const { monitoring, port, sockets } = await startUpgrades((request, socket) => {
      answer(socket, request);
    });
    const closed = handshake(port, { path: '/ws' });
    await closed;
    const [socket] = sockets;
    if (socket !== undefined && !socket.closed) {
      socket.destroy();
      await once(socket, 'close');
    }
    expect(await routeOf(monitoring)).toEqual([`GET:${status === 101 ? '/ws' : 'unmatched'} ${String(status)}`]);
    expect(await pointsOf(monitoring, 'errors')).toHaveLength(status === 101 ? 0 : 1);
    expect(Reflect.ownKeys(socket ?? {}).filter((key) => key === 'write' || key === 'end' || key === 'emit')).toEqual(
      [],
    );
  });

  it('records a handshake that its client abandons as 499', async () => {
    const { monitoring, port, server, sockets } = await startUpgrades((_request, socket) => {
      socket.resume();
    });
    const upgraded = once(server, 'upgrade');
    const client = connect(port, '127.0.0.1');
    client.write('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await upgraded;
    const [socket] = sockets;
    if (socket === undefined) throw new Error('the server saw no upgrade');
    socket.on('error', () => undefined);
    const gone = new Promise((resolve) => socket.on('close', resolve));
    client.resetAndDestroy();
    await gone;
    expect(await routeOf(monitoring)).toEqual(['GET:unmatched 499']);
    const [error] = await pointsOf(monitoring, 'errors');
    expect(error?.tags['error_code']).toBe('499');
  });

  it('gives the application an object for tags, fields, the error code and the request id', async () => {
    let requestId = '';
    const { monitoring, port } = await startUpgrades((request, socket) => {
      const data = handshakeData(request);
      expect(Reflect.get(request, 'monitoring')).toBe(data);
      ({ requestId } = data);
      data.errorCode = 29001;
      data.tags['plan'] = 'free';
      data.fields['attempts'] = 3n;
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    await handshake(port);
    const [error] = await pointsOf(monitoring, 'errors');
    expect(error?.tags).toMatchObject({ error_code: '29001', plan: 'free', status_code: '403' });
    expect(error?.fields).toEqual({ attempts: 3n, request_id: requestId });
    expect(requestId).toMatch(/^\d{10},[0-9a-f-]{36}$/);
    const [request] = await pointsOf(monitoring, 'requests');
    expect(request?.tags['plan']).toBe('free');
  });

  it('has on its points what a handler says in the turn in which it answers, after the answer', async () => {
    const say = (request: IncomingMessage): void => {
      handshakeData(request).tags['plan'] = 'gold';
      handshakeData(request).errorCode = 29001;
    };
    const { monitoring, port } = await startUpgrades((request, socket) => {
      const answer = (): void => {
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
        say(request);
      };
      if (request.url === '/later') setImmediate(answer);
      else if (request.url === '/awaited') void Promise.resolve().then(answer);
      else answer();
    });
    for (const path of ['/now', '/awaited', '/later']) await handshake(port, { path });
    const errors = await pointsOf(monitoring, 'errors');
    expect(errors.map(({ tags }) => [tags['plan'], tags['error_code']])).toEqual(Array(3).fill(['gold', '29001']));
  });

  it('takes additional tags, fixed or by request and status; the handler goes over them', async () => {
    const additionalTags = (request: IncomingMessage, status: number) => ({ url: request.url, status, plan: 'free' });
    const { monitoring, port, server } = await startUpgrades(
      (request, socket) => {
        handshakeData(request).tags['plan'] = 'gold';
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      },
      { additionalTags },
    );
    const second = startMonitoring();
    instrumentUpgrades(server, { additionalTags: { region: 'eu', route: 'displaced' }, monitoring: second });
    await handshake(port);
    const [error] = await pointsOf(monitoring, 'errors');
    expect(error?.tags).toMatchObject({ plan: 'gold', status: '403', url: '/ws' });
    const [request] = await pointsOf(second, 'requests');
    expect(request?.tags).toMatchObject({ plan: 'gold', region: 'eu', route: 'GET:unmatched' });
  });

  it('leaves out what is to be ignored, by its path as it came', async () => {
    const { monitoring, port } = await startUpgrades(
      (_request, socket) => {
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      },
      {
        ignore: ['/health', /^\/debug/g, ({ headers }) => headers['x-probe'] !== undefined, fail, rejects as never],
        paths: ['/healthy'],
      },
    );
    for (const path of ['/health?a=1', '/health/live', '/debug/1', '/debug/2', '/healthy']) {
      expect(await handshake(port, { path })).toBe(403);
    }
    await handshake(port, { path: '/healthy', headers: { 'X-Probe': '1' } });
    expect(await routeOf(monitoring)).toEqual(['GET:/healthy 403']);
    // Once for the one that is recorded, for each of the functions that fail.
    expect(monitoring.stats().counters).toEqual({ ws_option_threw: 2 });
  });

  it('has request ids on failed and slow handshakes alone, where that is asked for', async () => {
    const { monitoring, port, server } = await startUpgrades(
      (request, socket) => {
        const answer = request.url === '/refused' ? 'HTTP/1.1 403 Forbidden\r\n\r\n' : ACCEPTED;
        socket.write(answer);
        if (request.url === '/refused') socket.end();
      },
      { requestIds: 'failed-and-slow', slowSeconds: 3600 },
    );
    const second = startMonitoring();
    instrumentUpgrades(server, { monitoring: second, requestIds: 'failed-and-slow', slowSeconds: 0 });
    for (const path of ['/ws', '/refused']) await handshake(port, { path });
    const hasIds = async (from: LunaRequestInfluxMonitoring, series: string): Promise<boolean[]> =>
      (await pointsOf(from, series)).map(({ fields }) => 'request_id' in fields);
    expect(await hasIds(monitoring, 'requests')).toEqual([false, true]);
    expect(await hasIds(monitoring, 'errors')).toEqual([true]);
    expect(await hasIds(second, 'requests')).toEqual([true, true]);
  });

  it('has the trace id of traceparent, where that is asked for', async () => {
    const { monitoring, port } = await startUpgrades(
      (_request, socket) => {
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      },
      { traceId: true },
    );
    const id = '0af7651916cd43dd8448eb211c80319c';
    await handshake(port, { headers: { traceparent: `00-${id}-b7ad6b7169203331-01` } });
    await handshake(port, { headers: { traceparent: 'nonsense' } });
    for (const series of ['requests', 'errors']) {
      const points = await pointsOf(monitoring, series);
      expect(points.map(({ fields }) => fields['trace_id'])).toEqual([id, undefined]);
    }
  });

  it('loses no point by what cannot be read or asked', async () => {
    const { monitoring, port } = await startUpgrades(
      (request, socket) => {
        Object.defineProperty(handshakeData(request).tags, 'plan', { enumerable: true, get: fail });
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      },
      { additionalTags: rejects as never, getErrorCode: rejects as never, route: rejects as never },
    );
    await handshake(port);
    expect(await pointsOf(monitoring, 'errors')).toHaveLength(1);
    expect(monitoring.stats().counters).toEqual({ ws_option_threw: 4 });
  });

  it('keeps what the request has as monitoring already', async () => {
    const own = {};
    const { monitoring, port, server } = await startUpgrades((request, socket) => {
      expect(Reflect.get(request, 'monitoring')).toBe(own);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    const emit = server.emit.bind(server);
    server.emit = (event: string, ...parameters: unknown[]) => {
      if (event === 'upgrade') Object.assign(parameters[0] as object, { monitoring: own });
      return emit(event, ...parameters);
    };
    await handshake(port);
    expect(await pointsOf(monitoring, 'errors')).toHaveLength(1);
  });

  it('asks getErrorCode where the application told no code', async () => {
    const { monitoring, port } = await startUpgrades(
      (_request, socket) => {
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      },
      { getErrorCode: (status, request) => (request.headers['luna-account-id'] === undefined ? 29001 : status) },
    );
    await handshake(port);
    await handshake(port, { headers: { 'Luna-Account-Id': 'a' } });
    const errors = await pointsOf(monitoring, 'errors');
    expect(errors.map(({ tags }) => tags['error_code'])).toEqual(['29001', '403']);
  });

  it('goes on where getErrorCode and route throw, and counts it', async () => {
    const fail = (): never => {
      throw new Error('an option threw');
    };
    const { monitoring, port } = await startUpgrades(
      (_request, socket) => {
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      },
      { getErrorCode: fail, route: fail },
    );
    expect(await handshake(port)).toBe(403);
    const [error] = await pointsOf(monitoring, 'errors');
    expect(error?.tags).toMatchObject({ error_code: '403', route: 'GET:unmatched' });
    // Once for the code, once for the route.
    expect(monitoring.stats().counters).toEqual({ ws_option_threw: 2 });
  });
});

describe('the route of a handshake', () => {
  const byHeader: UpgradeHandler = (request, socket) => {
    if (request.headers['x-refuse'] === undefined) socket.write(ACCEPTED);
    else socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  };
  const refused = { 'X-Refuse': 'yes' };

  it('is the path where one was accepted before, else unmatched', async () => {
    const { monitoring, port } = await startUpgrades(byHeader);
    await handshake(port, { path: '/ws?token=1', headers: refused });
    await handshake(port, { path: '/ws?token=2' });
    await handshake(port, { path: '/ws#3', headers: refused });
    await handshake(port, { path: '/.env', headers: refused });
    expect(await routeOf(monitoring)).toEqual(['GET:unmatched 403', 'GET:/ws 101', 'GET:/ws 403', 'GET:unmatched 403']);
  });

  it('is one of the paths given, else unmatched', async () => {
    const { monitoring, port } = await startUpgrades(byHeader, { paths: ['/ws'] });
    await handshake(port, { path: '/ws', headers: refused });
    await handshake(port, { path: '/other' });
    expect(await routeOf(monitoring)).toEqual(['GET:/ws 403', 'GET:unmatched 101']);
  });

  it('is what the option route says, or what the path says where it says nothing', async () => {
    const { monitoring, port } = await startUpgrades(byHeader, {
      route: ({ url }) => (url?.startsWith('/rooms/') === true ? '/rooms/:room' : undefined),
    });
    await handshake(port, { path: '/rooms/7', headers: refused });
    await handshake(port, { path: '/ws' });
    expect(await routeOf(monitoring)).toEqual(['GET:/rooms/:room 403', 'GET:/ws 101']);
  });

  it('is unmatched for the hundred-and-first path of a server that accepts any, and for no path at all', async () => {
    const { monitoring, port } = await startUpgrades(byHeader);
    await handshake(port, { path: 'http://user:password@evil/ws' });
    for (let index = 0; index < 102; index += 1) await handshake(port, { path: `/${String(index)}` });
    const routes = await routeOf(monitoring);
    expect(routes.slice(0, 2)).toEqual(['GET:unmatched 101', 'GET:/0 101']);
    expect(routes.slice(-3)).toEqual(['GET:/99 101', 'GET:unmatched 101', 'GET:unmatched 101']);
  });
});

describe('an instrumented server', () => {
  it('has the listeners that it had, on itself and on each connection', async () => {
    const counts: unknown[] = [];
    const count = (emitter: { eventNames(): (string | symbol)[]; listenerCount(name: string | symbol): number }) =>
      emitter.eventNames().map((name) => [name, emitter.listenerCount(name)]);
    for (const isInstrumented of [false, true]) {
      const monitoring = startMonitoring();
      const { server, port } = await startHttp();
      server.on('upgrade', (_request, socket: Duplex) => {
        counts.push([count(server), count(socket), Object.keys(socket)]);
        socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
        counts.push([count(server), count(socket), Object.keys(socket)]);
      });
      if (isInstrumented) instrumentUpgrades(server, { monitoring });
      await handshake(port);
    }
    expect(counts).toHaveLength(4);
    expect(counts.slice(2)).toEqual(counts.slice(0, 2));
  });

  it('treats an upgrade without a handler as the request that it is', async () => {
    const monitoring = startMonitoring();
    const app = express();
    const { server, port } = await startHttp(createServer(app));
    instrumentUpgrades(server, { monitoring });
    expect(await handshake(port, { headers: { Connection: 'Upgrade, close' } })).toBe(404);
    expect(await pointsOf(monitoring, 'requests')).toEqual([]);
  });

  it('records a handshake once where it is instrumented twice', async () => {
    const { monitoring, port, server } = await startUpgrades((_request, socket) => {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    expect(instrumentUpgrades(server, { monitoring })).toBe(server);
    await handshake(port);
    expect(await pointsOf(monitoring, 'requests')).toHaveLength(1);
  });

  it('is as it was once uninstrumented, and can be instrumented again', async () => {
    const monitoring = startMonitoring();
    const { server, port } = await startHttp();
    const keys = Reflect.ownKeys(server);
    server.on('upgrade', (_request, socket: Duplex) => {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    expect(uninstrumentUpgrades(instrumentUpgrades(server, { monitoring }))).toBe(server);
    expect(Reflect.ownKeys(server)).toEqual(keys);
    expect(uninstrumentUpgrades(server)).toBe(server);
    await handshake(port);
    expect(await pointsOf(monitoring, 'requests')).toEqual([]);
    instrumentUpgrades(server, { monitoring });
    await handshake(port);
    expect(await pointsOf(monitoring, 'requests')).toHaveLength(1);
  });

  it('lets an emit that was put over it go on after it is uninstrumented', async () => {
    const { monitoring, port, server } = await startUpgrades((_request, socket) => {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    const ours = server.emit.bind(server);
    const over = vi.fn((event: string, ...parameters: unknown[]) => ours(event, ...parameters));
    server.emit = over;
    uninstrumentUpgrades(server);
    expect(await handshake(port)).toBe(403);
    expect(over).toHaveBeenCalledWith('upgrade', expect.anything(), expect.anything(), expect.anything());
    expect(await pointsOf(monitoring, 'requests')).toEqual([]);
    instrumentUpgrades(server, { monitoring });
    await handshake(port);
    expect(await pointsOf(monitoring, 'requests')).toHaveLength(1);
  });

  it('is untouched where monitoring is disabled', () => {
    const server = createServer();
    const keys = Reflect.ownKeys(server);
    instrumentUpgrades(server, { monitoring: new LunaRequestInfluxMonitoring({ enabled: false }) });
    expect(Reflect.ownKeys(server)).toEqual(keys);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['an Express application', express()],
    ['a server of ws', new WebSocketServer({ noServer: true })],
    ['a frozen object', Object.freeze({ emit: sleep, listen: sleep })],
  ])('cannot be made of %s', (_name, value) => {
    expect(() => instrumentUpgrades(value as Server)).toThrow(
      expect.objectContaining({ code: 'ERR_NOT_INSTRUMENTABLE' }) as Error,
    );
  });

  it.each<[object, string]>([
    [{ path: '/ws' }, 'unknown option "path"'],
    [{ paths: '/ws' }, 'expected "paths" to be an array of paths that begin with "/"'],
    [{ paths: ['ws'] }, 'expected "paths" to be an array of paths that begin with "/"'],
    [{ route: '/ws' }, 'expected "route" to be a function'],
  ])('checks its options at once: %j', (options, message) => {
    expect(() => instrumentUpgrades(createServer(), options)).toThrow(message);
  });

  it('records nothing of a connection that is none, or that nothing can be put on', () => {
    const monitoring = startMonitoring();
    const server = instrumentUpgrades(createServer(), { monitoring });
    expect(server.emit('upgrade')).toBe(false);
    expect(server.emit('upgrade', null, 'text')).toBe(false);
    expect(server.emit('upgrade', { headers: {} }, Object.freeze({}))).toBe(false);
    expect(monitoring.stats().recorded).toBe(0);
  });
});

describe('a socket of an instrumented server', () => {
  it('talks as ever', async () => {
    const monitoring = startMonitoring();
    const { server, port } = await startHttp();
    instrumentUpgrades(server, { monitoring });
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket) => {
      socket.on('message', (data) => {
        socket.send(data);
      });
    });
    const client = new WebSocket(`ws://127.0.0.1:${String(port)}`);
    await once(client, 'open');
    const echoed = once(client, 'message');
    client.send('hello');
    expect(String((await echoed)[0])).toBe('hello');
    client.close();
    await once(client, 'close');
  });
});

function fail(): never {
  throw new Error('a getter threw');
}

function rejects(): Promise<never> {
  return Promise.reject(new Error('an option rejects'));
}
