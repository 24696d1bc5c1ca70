import { createServer } from 'node:http';
import { influxMonitoring, uninstrumentExpress } from '@influx-monitoring/express';
import type { Application, NextFunction, Request, RequestHandler, Response } from 'express';
import { describe, expect, it } from 'vitest';
import { EXPRESS_VERSIONS, type Express } from '../support/express-versions.ts';
import { listen, routesOf } from '../support/listen.ts';
import { PointCollector } from '../support/point-collector.ts';

interface LayerOfRouter {
  handle: RequestHandler & { stack?: LayerOfRouter[] };
}

const PATHS = ['/plain/1', '/below/7/it/2', '/nowhere', '/below/7/nowhere', '/broken/3', '/plain/4'];
const EXPECTED = [
  'GET:/plain/:id 200',
  'GET:/below/:folder/it/:id 200',
  'GET:unmatched 404',
  'GET:unmatched 404',
  'GET:/broken/:id 500',
  'GET:/plain/:id 200',
];

// As OpenTelemetry, Sentry and dd-trace do it: Express 4 then has a `req.next` that is no router's own.
describe.each(EXPRESS_VERSIONS)('Express $name, beside a tracer that wraps all handlers', (version) => {
  const express = version.load();

  it.each(PATHS)('names the routes where %s is the first request', async (first) => {
    uninstrumentExpress();
    const collector = new PointCollector();
    const port = await listen(createServer(createApp(express, collector)));
    for (const path of [first, ...PATHS]) await (await fetch(`http://127.0.0.1:${String(port)}${path}`)).text();
    await collector.requests(PATHS.length + 1);
    expect(routesOf(collector.of('requests'))).toEqual([EXPECTED[PATHS.indexOf(first)], ...EXPECTED]);
  });

  it.each(['/below/7/it/2', '/below/7/nowhere', '/below/7/passed-on'])(
    'names the routes where it is mounted and %s is the first request',
    async (first) => {
      uninstrumentExpress();
      const collector = new PointCollector();
      const port = await listen(createServer(createApp(express, collector, { isMounted: true })));
      const paths = [first, '/below/7/it/2', '/below/7/nowhere', '/below/7/passed-on'];
      for (const path of paths) await (await fetch(`http://127.0.0.1:${String(port)}${path}`)).text();
      await collector.requests(paths.length);
      const expected = ['GET:/below/:folder/it/:id 200', 'GET:unmatched 404', 'GET:/below/:folder/passed-on 200'];
      expect(routesOf(collector.of('requests'))).toEqual([expected[paths.indexOf(first, 1) - 1], ...expected]);
    },
  );
});

function createApp(express: Express, collector: PointCollector, { isMounted = false } = {}): Application {
  const app = express();
  const monitoring = influxMonitoring({ monitoring: collector });
  if (!isMounted) app.use(monitoring);
  app.use((_req, _res, next) => {
    next();
  });
  app.get('/plain/:id', (_req, res) => void res.end());
  app.get('/broken/:id', () => {
    throw new Error('broken');
  });
  const below = express.Router({ mergeParams: true });
  if (isMounted) below.use(monitoring);
  below.get('/it/:id', (_req, res) => void res.end());
  app.use('/below/:folder', below);
  app.get('/below/:folder/passed-on', (_req, res) => void res.end());
  app.use((error: Error, _req: Request, res: Response, next: NextFunction) => {
    if (error.message === 'broken') res.status(500).end();
    else next(error);
  });
  wrapHandlers(stackOf(app));
  return app;
}

function wrapHandlers(stack: readonly LayerOfRouter[]): void {
  for (const layer of stack) {
    const original = layer.handle;
    if (original.stack !== undefined) wrapHandlers(original.stack);
    if (original.length > 3) continue;
    const wrapped: RequestHandler = (req, res, next) => {
      // Each call has its own, as with tracers.
      original(req, res, function wrappedNext(...args: unknown[]) {
        (next as (...values: unknown[]) => void)(...args);
      });
    };
    layer.handle = Object.assign(wrapped, original);
  }
}

function stackOf(app: Application): LayerOfRouter[] {
  // Reading `router` of Express 4 throws.
  const { _router: router = app.router } = app as { _router?: { stack: LayerOfRouter[] } };
  return (router as unknown as { stack: LayerOfRouter[] }).stack;
}
