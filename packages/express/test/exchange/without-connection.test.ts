import { Agent, createServer, get, IncomingMessage, ServerResponse, type RequestListener } from 'node:http';
import { connect, Socket } from 'node:net';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Application, Request, Response } from 'express';
import { influxMonitoring } from '@influx-monitoring/express';
import { describe, expect, it } from 'vitest';
import { EXPRESS_VERSIONS } from '../support/express-versions.ts';
import { listen, routesOf } from '../support/listen.ts';
import { PointCollector } from '../support/point-collector.ts';

/** How many of so many requests may be kept: the last one, by Node and by what follows the last one. */
const COUNT = 20;
const MAX_KEPT = 3;

describe.each(EXPRESS_VERSIONS)('on Express $name', (version) => {
  const express = version.load();

  it.each<[string, (app: Application, seen: WeakRef<object>[]) => Promise<void>]>([
    [
      'a handler took the connection of',
      async (app, seen) => {
        const server = createServer((req, res) => {
          seen.push(new WeakRef(req));
          (app as unknown as RequestListener)(req, res);
        });
        const client = connect(await listen(server), '127.0.0.1');
        client.write('GET /taken HTTP/1.1\r\nHost: x\r\n\r\n');
        await text(client);
      },
    ],
    [
      'has no connection',
      (app, seen) => {
        const request = requestOf(new Socket(), '/inner');
        seen.push(new WeakRef(request));
        run(app, request, new ServerResponse(request));
        return Promise.resolve();
      },
    ],
  ])('keeps no request that %s', async (_name, ask) => {
    const seen: WeakRef<object>[] = [];
    const app = express();
    app.use(influxMonitoring({ monitoring: new PointCollector() }));
    app.get('/taken', ({ socket }, res) => {
      res.detachSocket(socket);
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
    app.get('/inner', (_req, res) => res.send('inner'));
    for (let time = 0; time < COUNT; time += 1) await ask(app, seen);
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    // What ended is let go of in later turns.
    for (let time = 0; time < 5; time += 1) {
      await new Promise(setImmediate);
      collectGarbage();
    }
    expect(seen).toHaveLength(COUNT);
    expect(seen.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(MAX_KEPT);
  });

  it.each(['on the connection of the outer one', 'on none', 'told of its finish'])(
    'makes no 499 of a request within the process, %s, when the outer connection ends',
    async (kind) => {
      const collector = new PointCollector();
      const app = express();
      app.use(influxMonitoring({ monitoring: collector }));
      app.get('/users/:id', (req, res) => res.send(`user ${req.params.id}`));
      app.get('/batch', (req, res, next) => {
        const inner = requestOf(kind === 'on none' ? new Socket() : req.socket, '/users/1');
        const response = new ServerResponse(inner);
        if (kind === 'told of its finish') response.on('finish', () => undefined);
        Object.assign(response, {
          end: (body: unknown) => {
            res.json([String(body)]);
            return response;
          },
        });
        run(app, inner, response, next);
      });
      const agent = new Agent({ keepAlive: true });
      const port = await listen(createServer(app));
      const [answer] = (await once(get({ agent, host: '127.0.0.1', path: '/batch', port }), 'response')) as [
        IncomingMessage,
      ];
      expect(await text(answer)).toBe('["user 1"]');
      agent.destroy();
      // What comes after the connection's end, as all that the server still had to say of it.
      await (await fetch(`http://127.0.0.1:${String(port)}/users/2`)).text();
      expect(routesOf(await collector.requests(2))).toEqual(['GET:/batch 200', 'GET:/users/:id 200']);
    },
  );

  it.each([
    // Express itself runs no middleware for a URL that has no path.
    ['the application', '/tunnel', false],
    ['the middleware', 'example.test:443', true],
  ])('records CONNECT that a server gives to %s', async (_name, url, isByHand) => {
    const collector = new PointCollector();
    const app = express();
    app.set('env', 'test');
    const middleware = influxMonitoring({ monitoring: collector });
    app.use(middleware);
    app.use((_req, res) => {
      res.status(405).end();
    });
    const server = createServer(app);
    server.on('connect', (req: IncomingMessage, socket: Socket) => {
      const response = new ServerResponse(req);
      response.assignSocket(socket);
      response.on('finish', () => socket.end());
      if (!isByHand) run(app, req, response);
      else middleware(req, response, () => response.writeHead(405).end());
    });
    const client = connect(await listen(server), '127.0.0.1');
    client.write(`CONNECT ${url} HTTP/1.1\r\nHost: example.test:443\r\n\r\n`);
    expect(await text(client)).toContain(' 405 ');
    await collector.requests(1);
    expect(collector.points.map(({ series, tags }) => [series, tags['status_code']])).toEqual([
      ['requests', 405],
      ['errors', 405],
    ]);
  });

  it('names the route of a request in a Proxy that binds every function', async () => {
    const collector = new PointCollector();
    const app = express();
    app.set('env', 'test');
    const bind = (req: Request): Request =>
      new Proxy(req, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key, target);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
        set: (target, key, value) => Reflect.set(target, key, value, target),
      });
    const users = express.Router().get('/:id', (_req, res) => res.send('user'));
    users.get('/:id/fails', () => {
      throw Object.assign(new Error('failed'), { code: 'BOUND' });
    });
    app.use(influxMonitoring({ monitoring: collector }));
    app.use('/api', (req: Request, res: Response, next) => {
      express.Router().use('/users', users)(bind(req), res, next);
    });
    const port = await listen(createServer(app));
    for (const path of ['/api/users/1', '/api/users/1', '/api/users/1/fails', '/api/none']) {
      await (await fetch(`http://127.0.0.1:${String(port)}${path}`)).text();
    }
    expect(routesOf(await collector.requests(4))).toEqual([
      'GET:/api/users/:id 200',
      'GET:/api/users/:id 200',
      'GET:/api/users/:id/fails 500',
      'GET:unmatched 404',
    ]);
  });

  it('names the route of an application that is called by hand, once it had a request', async () => {
    const collector = new PointCollector();
    const middleware = influxMonitoring({ monitoring: collector });
    const app = express();
    app.use(
      '/api',
      express.Router().get('/users/:id', (_req, res) => res.send('user')),
    );
    const server = createServer((req, res) => {
      middleware(req, res, () => {
        run(app, req, res);
      });
    });
    const port = await listen(server);
    for (let time = 0; time < 3; time += 1) await (await fetch(`http://127.0.0.1:${String(port)}/api/users/1`)).text();
    const routes = routesOf(await collector.requests(3));
    expect(routes.slice(1)).toEqual(['GET:/api/users/:id 200', 'GET:/api/users/:id 200']);
  });
});

function requestOf(socket: Socket, url: string): IncomingMessage {
  return Object.assign(new IncomingMessage(socket), { headers: {}, method: 'GET', url });
}

function run(app: Application, req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void {
  (app as unknown as (req: unknown, res: unknown, next?: unknown) => void)(req, res, next);
}
