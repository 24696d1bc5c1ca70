import { createServer, IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { connect as connectSocket, Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import express, { type Request, type RequestHandler } from 'express';
import { influxMonitoring, RequestMonitoringData } from '@influx-monitoring/express';
import { describe, expect, it } from 'vitest';
import { listen, routesOf } from '../support/listen.ts';
import { PointCollector } from '../support/point-collector.ts';

const require = createRequire(import.meta.url);

/** Ends of every kind, with what each is recorded as. */
const ENDS: Readonly<Record<string, RequestHandler>> = {
  '/answered': (_req, res) => res.send('yes'),
  '/destroyed': (_req, res) => res.destroy(),
  '/failed': (_req, res) => res.status(503).end(),
  '/piece': (_req, res) => {
    res.write('a piece', () => res.destroy());
  },
};

describe('the monitoring of requests', () => {
  it('is not on the request, and stays when the response has ended', async () => {
    let request: Request | undefined;
    await recordOne((req, res) => {
      request = req;
      expect(Object.hasOwn(req, 'monitoring')).toBe(false);
      res.send(req.monitoring.requestId);
    });
    expect(request?.monitoring).toBeInstanceOf(RequestMonitoringData);
    expect(request?.monitoring.requestId).toBe(request?.res?.get('Luna-Request-Id'));
  });

  it('is there for whoever wraps the request', async () => {
    await recordOne((req, res) => {
      const wrappers: Request[] = [
        Object.create(req) as Request,
        new Proxy(req, {}),
        new Proxy(Object.create(req) as Request, {}),
      ];
      res.json(wrappers.map(({ monitoring }) => monitoring === req.monitoring));
    }, '[true,true,true]');
  });

  it.each(['express', 'express-4.22'])('is one with its route where %s routes it in a Proxy', async (name) => {
    const createApp = require(name) as typeof express;
    const collector = new PointCollector();
    const middleware = influxMonitoring({ monitoring: collector });
    const inner = createApp.Router();
    // Once more: the request has its data and its point already.
    inner.use(middleware).get('/x/:id', (req, res) => res.send(req.monitoring.requestId));
    const app = createApp();
    app.use(middleware).use('/a', (req, res, next) => {
      inner(new Proxy(req, {}), res, next);
    });
    app.get('/last/:id', (_req, res) => res.send('last'));
    const port = await listen(createServer(app));
    const response = await fetch(`http://127.0.0.1:${String(port)}/a/x/1`);
    expect(await response.text()).toBe(response.headers.get('luna-request-id'));
    await (await fetch(`http://127.0.0.1:${String(port)}/last/1`)).text();
    expect(routesOf(await collector.requests(2))).toEqual(['GET:/a/x/:id 200', 'GET:/last/:id 200']);
  });

  it('is undefined for a request that no middleware has seen', () => {
    expect(Reflect.get(new IncomingMessage(new Socket()), 'monitoring')).toBeUndefined();
  });

  it('is what somebody assigns, on that request alone', async () => {
    const own = new RequestMonitoringData('own');
    own.tags['plan'] = 'free';
    const collector = await recordOne((req, res) => {
      req.monitoring = own;
      expect(Object.keys(req)).toContain('monitoring');
      res.send(req.monitoring.requestId);
    });
    expect(collector.points[0]?.tags).not.toHaveProperty('plan');
  });

  it('is ours where the request had something of that name', async () => {
    const collector = new PointCollector();
    const app = express();
    app.use(
      (req, _res, next) => {
        Object.assign(req, { monitoring: 'theirs' });
        next();
      },
      influxMonitoring({ monitoring: collector }),
    );
    app.get('/', (req, res) => {
      res.send(req.monitoring.requestId);
    });
    const response = await fetch(`http://127.0.0.1:${String(await listen(createServer(app)))}/`);
    expect(await response.text()).toBe(response.headers.get('luna-request-id'));
  });

  it('keeps no request that has ended, though its data is kept', async () => {
    const count = 20;
    const kept: RequestMonitoringData[] = [];
    const requests: WeakRef<Request>[] = [];
    const collector = new PointCollector();
    const app = express();
    app.use(influxMonitoring({ monitoring: collector })).get('/', (req, res) => {
      kept.push(req.monitoring);
      requests.push(new WeakRef(req));
      res.send('yes');
    });
    const port = await listen(createServer(app));
    for (let index = 0; index < count; index += 1) await (await fetch(`http://127.0.0.1:${String(port)}/`)).text();
    await collector.requests(count);
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    await new Promise(setImmediate);
    collectGarbage();
    // Node keeps the last one of a connection, and so does the tracker.
    expect(requests.filter((request) => request.deref() !== undefined).length).toBeLessThanOrEqual(2);
    expect(kept).toHaveLength(count);
  });

  async function recordOne(handler: RequestHandler, body?: string): Promise<PointCollector> {
    const collector = new PointCollector();
    const app = express();
    app.use(influxMonitoring({ monitoring: collector })).get('/', handler);
    const port = await listen(createServer(app));
    const response = await fetch(`http://127.0.0.1:${String(port)}/`);
    expect(response.status).toBe(200);
    if (body !== undefined) expect(await response.text()).toBe(body);
    await collector.requests(1);
    return collector;
  }
});

describe('the emit of responses', () => {
  it('tells of ends the same as one of their own, and of the same events', async () => {
    const ownEmit: RequestHandler = (_req, res, next) => {
      const emit = res.emit.bind(res);
      res.emit = (...args: Parameters<typeof emit>) => emit(...args);
      next();
    };
    const shared = await recordEnds([]);
    const own = await recordEnds([ownEmit]);
    expect(shared.routes).toEqual(['GET:/answered 200', 'GET:/destroyed 499', 'GET:/failed 503', 'GET:/piece 499']);
    expect(own).toEqual(shared);
  });

  it('is not on the response, and keeps none that has ended', async () => {
    const { areOwn } = await recordEnds([]);
    expect(areOwn).toEqual([false, false, false, false]);
  });

  async function recordEnds(before: readonly RequestHandler[]) {
    const collector = new PointCollector();
    const events: string[] = [];
    const areOwn: boolean[] = [];
    const app = express();
    for (const handler of before) app.use(handler);
    app.use(influxMonitoring({ monitoring: collector }), (_req, res, next) => {
      areOwn.push(before.length === 0 && Object.hasOwn(res, 'emit'));
      res.on('finish', () => events.push('finish')).on('close', () => events.push('close'));
      next();
    });
    for (const [path, handler] of Object.entries(ENDS)) app.get(path, handler);
    const port = await listen(createServer(app));
    for (const [index, path] of Object.keys(ENDS).entries()) {
      const socket = connectSocket(port, '127.0.0.1');
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      // One that is destroyed may be reset.
      await new Promise((resolve) =>
        socket
          .on('error', () => undefined)
          .once('close', resolve)
          .resume(),
      );
      await collector.requests(index + 1);
    }
    return { areOwn, events, routes: routesOf(await collector.requests(4)) };
  }
});
