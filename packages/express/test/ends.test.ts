import { once } from 'node:events';
import { createServer, get, Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server, type ClientHttp2Session } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { text } from 'node:stream/consumers';
import connect from 'connect';
import express, { type RequestHandler } from 'express';
import { influxMonitoring, requestData } from '@influx-monitoring/express';
import { describe, expect, it } from 'vitest';
import { EXPRESS_VERSIONS } from './support/express-versions.ts';
import { createMoment, listen, routesOf } from './support/listen.ts';
import { PointCollector } from './support/point-collector.ts';

describe('connections', () => {
  it('records each request of a connection that is kept alive', async () => {
    const collector = new PointCollector();
    const app = express();
    app.use(influxMonitoring({ monitoring: collector }));
    app.get('/a/:n', (req, res) => {
      res.send(req.params.n);
    });
    const port = await listen(createServer(app));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const path of ['/a/1', '/a/2', '/b', '/a/3']) {
      const [response] = (await once(get({ port, host: '127.0.0.1', path, agent }), 'response')) as [IncomingMessage];
      await text(response);
    }
    agent.destroy();
    expect(routesOf(await collector.requests(4))).toEqual([
      'GET:/a/:n 200',
      'GET:/a/:n 200',
      'GET:unmatched 404',
      'GET:/a/:n 200',
    ]);
  });

  it('records pipelined requests, each with its own bytes', async () => {
    const collector = new PointCollector();
    const app = express();
    app.use(influxMonitoring({ monitoring: collector, bytesWritten: true }));
    app.get('/size/:n', (req, res) => {
      res.write('x'.repeat(Number(req.params.n)));
      setImmediate(() => res.end());
    });
    const port = await listen(createServer(app));
    const socket = connectSocket(port, '127.0.0.1');
    const head = 'HTTP/1.1\r\nHost: x\r\n';
    socket.write(`GET /size/1000 ${head}\r\nGET /size/10 ${head}\r\nGET /size/20000 ${head}Connection: close\r\n\r\n`);
    const all = await text(socket);
    const bytes = (await collector.requests(3)).map(({ fields }) => Number(fields['bytes_written']));
    expect(bytes.reduce((sum, each) => sum + each, 0)).toBe(Buffer.byteLength(all));
    expect(bytes[0]).toBeGreaterThan(1000);
    expect(bytes[1]).toBeLessThan(1000);
    expect(bytes[2]).toBeGreaterThan(20_000);
  });

  it('records a pipelined request whose turn never came with 499', async () => {
    const collector = new PointCollector();
    const app = express();
    app.use(influxMonitoring({ monitoring: collector }));
    const reached = createMoment();
    app.get('/first', () => undefined);
    app.get('/second', (_req, res) => {
      res.send('waits behind the first');
      reached.happens();
    });
    const port = await listen(createServer(app));
    const socket = connectSocket(port, '127.0.0.1');
    socket.write('GET /first HTTP/1.1\r\nHost: x\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n');
    await reached.happened;
    socket.destroy();
    const points = await collector.requests(2);
    expect(routesOf(points).toSorted()).toEqual(['GET:/first 499', 'GET:/second 499']);
  });

  it('records a request whose client left before the middleware saw it', async () => {
    const collector = new PointCollector();
    const middleware = influxMonitoring({ monitoring: collector });
    const app = express();
    const reached = createMoment();
    app.use((_req, res, next) => {
      res.on('close', () => setImmediate(next));
      reached.happens();
    });
    app.use(middleware);
    app.use((_req, res) => {
      res.send('too late');
    });
    const port = await listen(createServer(app));
    const socket = connectSocket(port, '127.0.0.1');
    socket.write('GET /gone HTTP/1.1\r\nHost: x\r\n\r\n');
    await reached.happened;
    socket.destroy();
    const [point] = await collector.requests(1);
    expect(point?.tags['status_code']).toBe(499);
  });
});

describe('HTTP/2', () => {
  async function withSession(app: express.Express, use: (session: ClientHttp2Session) => Promise<void>) {
    // Express has no HTTP/2; its routing works on the compatibility API when the prototypes stay as they are.
    const handle = (req: object, res: object) => {
      const router = (app as unknown as { router: (req: object, res: object, next: () => void) => void }).router;
      router(req, res, () => {
        Object.assign(res, { statusCode: 404 });
        (res as { end(): void }).end();
      });
    };
    const port = await listen(createHttp2Server(handle));
    const session = connectHttp2(`http://127.0.0.1:${String(port)}`);
    await use(session);
    session.destroy();
  }

  it('records finished, reset and unmatched streams, with the body in bytes', async () => {
    const collector = new PointCollector();
    const app = express();
    app.use(influxMonitoring({ monitoring: collector, bytesWritten: true, timeToFirstByte: true }));
    app.get('/ok/:x', (_req, res, next) => {
      res.write(Buffer.from('h'));
      res.write('e', 'latin1');
      res.write(new Uint8Array(0));
      res.end('llo');
      next();
    });
    app.get('/half/:x', (_req, res) => {
      res.write('half');
    });
    await withSession(app, async (session) => {
      const ok = session.request({ ':path': '/ok/1' });
      expect(await text(ok)).toBe('hello');
      const missing = session.request({ ':path': '/missing', ':method': 'MADEUP' });
      missing.end();
      await text(missing);
      const half = session.request({ ':path': '/half/1' });
      await once(half, 'response');
      half.on('error', () => undefined);
      half.close(8);
      await collector.requests(3);
    });
    expect(routesOf(collector.of('requests'))).toEqual(['GET:/ok/:x 200', 'OTHER:unmatched 404', 'GET:/half/:x 499']);
    expect(collector.of('requests').map(({ fields }) => fields['bytes_written'])).toEqual([5n, 0n, 4n]);
    expect(collector.of('requests')[0]?.fields['time_to_first_byte']).toBeTypeOf('number');
  });
});

describe('without Express', () => {
  it('works on plain node:http', async () => {
    const collector = new PointCollector();
    const middleware = influxMonitoring({ monitoring: collector });
    const port = await listen(
      createServer((req, res) => {
        middleware(req, res, () => {
          res.statusCode = req.url === '/bad' ? 500 : 200;
          res.end(requestData(req).requestId);
        });
      }),
    );
    await fetch(`http://127.0.0.1:${String(port)}/any`, { method: 'PUT' });
    await fetch(`http://127.0.0.1:${String(port)}/bad`);
    expect(routesOf(await collector.requests(2))).toEqual(['PUT:unmatched 200', 'GET:unmatched 500']);
    expect(collector.of('errors').map(({ tags }) => tags['error_code'])).toEqual([500]);
  });

  it('works on connect', async () => {
    const collector = new PointCollector();
    const app = connect();
    app.use(influxMonitoring({ monitoring: collector }));
    app.use('/x', (_req: unknown, res: ServerResponse) => {
      res.end('x');
    });
    const port = await listen(createServer(app));
    await fetch(`http://127.0.0.1:${String(port)}/x`);
    await fetch(`http://127.0.0.1:${String(port)}/y`);
    expect(routesOf(await collector.requests(2))).toEqual(['GET:unmatched 200', 'GET:unmatched 404']);
  });
});

describe('several of everything', () => {
  it('records one point a monitoring, wherever and however often the middleware is used', async () => {
    const first = new PointCollector('first');
    const second = new PointCollector('second');
    const inner = express();
    inner.use(influxMonitoring({ monitoring: first }));
    inner.get('/x/:y', (_req, res) => {
      res.send('ok');
    });
    const app = express();
    app.use(influxMonitoring({ monitoring: first }));
    app.use(influxMonitoring({ monitoring: second }), influxMonitoring({ monitoring: first }));
    app.use('/inner/:z', inner);
    const port = await listen(createServer(app));
    await fetch(`http://127.0.0.1:${String(port)}/inner/1/x/2`);
    await second.requests(1);
    for (const { points, service } of [first, second]) {
      expect(points.map(({ tags }) => tags)).toEqual([{ route: 'GET:/inner/:z/x/:y', service, status_code: 200 }]);
    }
    const ids = [first, second].map(({ points }) => points[0]?.fields['request_id']);
    expect(ids[0]).toBe(ids[1]);
  });

  it('keeps several Express apart in one process, all at the same time', async () => {
    const sites = await Promise.all(
      EXPRESS_VERSIONS.map(async (version, index) => {
        const collector = new PointCollector(`service-${String(index)}`);
        const app = version.load()();
        app.use(influxMonitoring({ monitoring: collector }));
        app.use(
          `/site-${String(index)}/:a`,
          version
            .load()
            .Router()
            .get(`/page-${String(index)}/:b`, (_req, res) => {
              setImmediate(() => res.send('ok'));
            }),
        );
        return { collector, index, port: await listen(createServer(app)) };
      }),
    );
    const paths = Array.from({ length: 20 }, (_each, number) => String(number));
    await Promise.all(
      sites.flatMap(({ index, port }) =>
        paths.map((each) =>
          fetch(`http://127.0.0.1:${String(port)}/site-${String(index)}/${each}/page-${String(index)}/${each}`),
        ),
      ),
    );
    for (const { collector, index } of sites) {
      const routes = new Set(routesOf(await collector.requests(paths.length)));
      expect([...routes]).toEqual([`GET:/site-${String(index)}/:a/page-${String(index)}/:b 200`]);
    }
  });

  it.each(EXPRESS_VERSIONS)(
    'tells the mounts around it when it is used in a router of Express $name',
    async (version) => {
      const collector = new PointCollector();
      const loaded = version.load();
      const app = loaded();
      const inner = loaded.Router({ mergeParams: true });
      inner.use(influxMonitoring({ monitoring: collector }));
      inner.get('/users/:user', (_req, res) => {
        res.send('ok');
      });
      app.use('/orgs/:org', loaded.Router().use('/teams', inner));
      const port = await listen(createServer(app));
      await fetch(`http://127.0.0.1:${String(port)}/orgs/1/teams/users/2`);
      await fetch(`http://127.0.0.1:${String(port)}/orgs/1/teams/users/2`);
      expect(routesOf(await collector.requests(2))).toEqual([
        'GET:/orgs/:org/teams/users/:user 200',
        'GET:/orgs/:org/teams/users/:user 200',
      ]);
    },
  );

  it.each(EXPRESS_VERSIONS)('follows requests that waited before it on Express $name', async (version) => {
    const collector = new PointCollector();
    const loaded = version.load();
    const app = loaded();
    app.set('env', 'test');
    const waitForAll = (): RequestHandler => {
      const waiting: (() => void)[] = [];
      return (_req, _res, next) => {
        waiting.push(next);
        // All at once, so that none is the one that was routed last.
        if (waiting.length === 4) for (const goOn of waiting.splice(0)) goOn();
      };
    };
    const inner = loaded.Router();
    inner.use(waitForAll());
    inner.use(influxMonitoring({ monitoring: collector }));
    inner.use(waitForAll());
    inner.use(
      '/users/:user',
      loaded.Router().get('/posts/:post', (_req, res) => setImmediate(() => res.send('ok'))),
    );
    inner.get('/fails/:x', () => {
      throw Object.assign(new Error('failed'), { code: 'EARLY' });
    });
    app.use(waitForAll());
    app.use('/orgs/:org', inner);
    const port = await listen(createServer(app));
    const paths = ['/orgs/1/users/2/posts/3', '/orgs/4/fails/5', '/orgs/6/users/7/posts/8', '/orgs/9/nothing'];
    await Promise.all(paths.map((path) => fetch(`http://127.0.0.1:${String(port)}${path}`)));
    expect(routesOf(await collector.requests(4)).toSorted()).toEqual([
      'GET:/orgs/:org/fails/:x 500',
      'GET:/orgs/:org/users/:user/posts/:post 200',
      'GET:/orgs/:org/users/:user/posts/:post 200',
      'GET:unmatched 404',
    ]);
    expect(
      collector
        .of('errors')
        .map(({ tags }) => tags['error_code'])
        .toSorted(),
    ).toEqual([404, 'EARLY']);
  });
});
