import { createServer } from 'node:http';
import { influxMonitoring, uninstrumentExpress } from '@influx-monitoring/express';
import type { Application, NextFunction, Request, RequestHandler, Response } from 'express';
import { describe, expect, it } from 'vitest';
import { EXPRESS_VERSIONS, type Express } from '../support/express-versions.ts';
import { listen } from '../support/listen.ts';
import { PointCollector } from '../support/point-collector.ts';

const MISSING = '/there/is/no/such/file';

/** Ways in which Express itself passes an error on, by `req.next(err)`. */
const WAYS: Readonly<Record<string, { code: number | string; handle: RequestHandler; status: number }>> = {
  'sendFile of a missing file': {
    code: 'ENOENT',
    handle: (_req, res) => {
      res.sendFile(MISSING);
    },
    status: 404,
  },
  'download of a missing file': {
    code: 'ENOENT',
    handle: (_req, res) => {
      res.download(MISSING);
    },
    status: 404,
  },
  'render of a broken template': {
    code: 500,
    handle: (_req, res) => {
      res.render('broken');
    },
    status: 500,
  },
  'format without a match': {
    code: 406,
    handle: (_req, res) => res.format({ html: () => res.send('x') }),
    status: 406,
  },
  'an error of its own': {
    code: 11_042,
    handle: (req) => {
      req.next?.(Object.assign(new Error('no account'), { errorCode: 11_042, status: 403 }));
    },
    status: 403,
  },
  'an error after a while': {
    code: 'LATE',
    handle: (req) => {
      setImmediate(() => req.next?.(Object.assign(new Error('late'), { code: 'LATE', status: 502 })));
    },
    status: 502,
  },
};

describe.each(EXPRESS_VERSIONS)('Express $name', (version) => {
  const express = version.load();

  describe.each(['with', 'without'])('%s an error handler', (handler) => {
    it.each(Object.entries(WAYS))('names the route of %s, from the first request on', async (_name, way) => {
      // As if it were the first request of the process.
      uninstrumentExpress();
      const collector = new PointCollector();
      const port = await listen(createServer(createApp(express, collector, way.handle, handler === 'with')));
      for (const path of ['/plain/1', '/below/7/it/2', '/plain/3']) {
        const response = await fetch(`http://127.0.0.1:${String(port)}${path}`, { headers: { accept: 'text/x-none' } });
        await response.text();
      }
      await collector.requests(3);
      const told = collector.of('errors').map(({ tags }) => [tags['route'], tags['status_code'], tags['error_code']]);
      expect(told).toEqual(
        ['GET:/plain/:id', 'GET:/below/:folder/it/:id', 'GET:/plain/:id'].map((route) => [route, way.status, way.code]),
      );
    });
  });

  it('lets handlers find that next is req.next, from the first request on', async () => {
    uninstrumentExpress();
    const app = express();
    const seen: boolean[] = [];
    app.use(influxMonitoring({ monitoring: new PointCollector() }));
    app.use((req, _res, next) => {
      seen.push(next === req.next);
      next();
    });
    app.use(
      '/below',
      express.Router().use((req: Request, res: Response, next: NextFunction) => {
        seen.push(next === req.next);
        res.end();
      }),
    );
    const port = await listen(createServer(app));
    for (let time = 0; time < 2; time += 1) await (await fetch(`http://127.0.0.1:${String(port)}/below`)).text();
    expect(seen).toEqual([true, true, true, true]);
  });
});

function createApp(
  express: Express,
  collector: PointCollector,
  handle: RequestHandler,
  hasHandler: boolean,
): Application {
  const app = express();
  app.set('env', 'test').set('view engine', 'none').set('views', '/');
  app.engine('none', (_path: string, _options: object, done: (error: Error) => void) => {
    done(new Error('broken'));
  });
  app.use(influxMonitoring({ monitoring: collector }));
  app.get('/plain/:id', handle);
  app.use('/below/:folder', express.Router().use('/it', express.Router().get('/:id', handle)));
  if (hasHandler) {
    // eslint-disable-next-line @typescript-eslint/no-unused-vars -- four parameters make an error handler
    app.use((error: { status?: number }, _req: Request, res: Response, _next: NextFunction) => {
      res.status(error.status ?? 500).end();
    });
  }
  return app;
}
