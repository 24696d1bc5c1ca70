import { createServer } from 'node:http';
import { influxMonitoring } from '@influx-monitoring/express';
import type { Application, NextFunction, Request, Response } from 'express';
import { describe, expect, it } from 'vitest';
import { EXPRESS_VERSIONS, type Express } from '../support/express-versions.ts';
import { listen, routesOf } from '../support/listen.ts';
import { PointCollector } from '../support/point-collector.ts';

const notFound = (): Error => Object.assign(new Error('Not Found'), { status: 404 });

/** Ends of an application, with what each answers to nothing, to /login, below /proxy and below /api. */
const LAST: Readonly<Record<string, { add: (app: Application, express: Express) => void; login: string }>> = {
  'a middleware that answers': {
    add: (app) =>
      app.use((req, res) => {
        res.status(req.url === '/login' ? 401 : 404).end();
      }),
    login: 'GET:/* 401',
  },
  'a middleware that passes a 404 on': {
    add: (app) =>
      app.use((_req, _res, next) => {
        next(notFound());
      }),
    login: 'GET:unmatched 404',
  },
  'a middleware that throws a 404, and an error handler': {
    add: (app) => {
      app.use(() => {
        throw notFound();
      });
      // eslint-disable-next-line @typescript-eslint/no-unused-vars -- four parameters make an error handler
      app.use((error: { status: number }, _req: Request, res: Response, _next: NextFunction) => {
        res.status(error.status).end();
      });
    },
    login: 'GET:unmatched 404',
  },
  'a 404 of http-errors, which has statusCode too, answered by another status': {
    add: (app) => {
      app.use((_req, _res, next) => {
        next(Object.assign(new Error('Not Found'), { statusCode: 404 }));
      });
      // eslint-disable-next-line @typescript-eslint/no-unused-vars -- four parameters make an error handler
      app.use((_error: unknown, _req: Request, res: Response, _next: NextFunction) => {
        res.status(410).end();
      });
    },
    login: 'GET:unmatched 410',
  },
  'static files that do not fall through': {
    add: (app, express) => app.use(express.static('/there/is/no/such/folder', { fallthrough: false })),
    login: 'GET:unmatched 404',
  },
  'a router at the root': {
    add: (app, express) =>
      app.use(
        express.Router().use((_req, res) => {
          res.sendStatus(404);
        }),
      ),
    login: 'GET:unmatched 404',
  },
};

describe.each(EXPRESS_VERSIONS)('Express $name', (version) => {
  const express = version.load();

  it.each(Object.entries(LAST))('says unmatched for %s', async (_name, { add, login }) => {
    const collector = new PointCollector();
    const app = express();
    app.set('env', 'test');
    app.use(influxMonitoring({ monitoring: collector }));
    app.get('/users/:id', (_req, res) => res.status(404).end());
    app.get('/fails/:id', (_req, _res, next) => {
      next(notFound());
    });
    app.use('/proxy', (_req, res) => res.status(404).end());
    app.use('/broken', (_req, _res, next) => {
      next(notFound());
    });
    app.use(
      '/api',
      express.Router().use((_req: Request, res: Response) => res.status(404).end()),
    );
    add(app, express);
    const port = await listen(createServer(app));
    const paths = ['/nothing/here', '/login', '/users/7', '/fails/7', '/proxy/x', '/broken/x', '/api/x'];
    for (const path of paths) await (await fetch(`http://127.0.0.1:${String(port)}${path}`)).text();
    const routes = routesOf(await collector.requests(paths.length));
    expect(routes[0]?.startsWith('GET:unmatched ')).toBe(true);
    expect(routes[1]).toBe(login);
    expect(routes.slice(2).map((route) => route.split(' ')[0])).toEqual([
      'GET:/users/:id',
      'GET:/fails/:id',
      'GET:/proxy/*',
      'GET:/broken/*',
      'GET:/api/*',
    ]);
  });

  it('keeps a middleware at the root that fails with anything else', async () => {
    const collector = new PointCollector();
    const app = express();
    app.set('env', 'test');
    app.use(influxMonitoring({ monitoring: collector }));
    app.use(() => {
      throw new Error('broken');
    });
    const port = await listen(createServer(app));
    await (await fetch(`http://127.0.0.1:${String(port)}/x`)).text();
    expect(routesOf(await collector.requests(1))).toEqual(['GET:/* 500']);
  });
});
