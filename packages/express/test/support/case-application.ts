import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync, mkdirSync, truncateSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import compression from 'compression';
import type { Application, NextFunction, Request, RequestHandler, Response } from 'express';
// The type of `req.monitoring`, where handlers use it.
import type {} from '@influx-monitoring/express';
import type { Express } from './express-versions.ts';

export interface CaseApplication {
  readonly app: Application;
  /** `reached` when a handler that will not answer by itself has its request. */
  readonly events: EventEmitter;
  readonly server: Server;
}

const answer: RequestHandler = (_req, res) => {
  res.send('ok');
};
const passOn: RequestHandler = (_req, _res, next) => {
  next();
};

/** More than a client's window and the kernel take. */
const LARGE_SIZE = 20_000_000;
const LARGE = Buffer.alloc(LARGE_SIZE, 'x');

const MISSING_FILE = '/there/is/no/such/file';

/** An error as applications make them. */
function failure(status: number, properties: object = {}): Error {
  return Object.assign(new Error('failed'), { status }, properties);
}

/** The application of the table of cases, with whatever monitoring `install` puts before all else. */
export function createCaseApplication(
  express: Express,
  major: 4 | 5,
  install?: (app: Application) => void,
): CaseApplication {
  const app = express();
  app.set('env', 'test');
  const events = new EventEmitter();
  install?.(app);
  app.use(express.json());
  addPlainRoutes(app, major, events);
  addFailures(app, major);
  addRouters(express, app, major);
  const folder = addMiddleware(express, app);
  addOwnWays(app, folder);
  addEnds(app, events, folder);
  addRootMiddleware(app);
  app.use(ownErrorHandler);
  return { app, events, server: createServer(app) };
}

function addPlainRoutes(app: Application, major: 4 | 5, events: EventEmitter): void {
  app.get('/', answer);
  app.get('/version', answer);
  app.get('/users/:id', answer);
  app.post('/users', (req, res) => {
    res.status(201).json(req.body);
  });
  app.get('/users/:id/posts/:post', answer);
  app.get('/Mixed/:Case', answer);
  app.get(['/array-a', '/array-b/:x'], answer);
  app.get(/^\/regexp\/(\d+)$/, answer);
  app.get('/trailing/', answer);
  app.get('/file.:ext', answer);
  app.get('/:from-:to/range', answer);
  app.all('/any/:x', answer);
  app.options('/own-options/:x', (_req, res) => {
    res.set('Allow', 'GET').sendStatus(204);
  });
  app.get('/own-options/:x', answer);
  app.get('/two-handlers/:x', passOn, answer);
  app.get('/first/:x', passOn);
  app.get('/first/:y', answer);
  app.get(
    '/skip-route/:x',
    (_req, _res, next) => {
      next('route');
    },
    answer,
  );
  app.get('/pass/:x', passOn);
  app.get('/async/:x', async (_req, res) => {
    await new Promise((resolve) => setImmediate(resolve));
    res.send('late');
  });
  app.get('/answer-and-next/:x', (_req, res, next) => {
    res.send('ok');
    next();
  });
  app.get('/optional/a/:x', answer);
  app.get(major === 4 ? '/maybe/:x?' : '/maybe{/:x}', answer);
  app.get(major === 4 ? '/wild/*' : '/wild/*rest', answer);
  app.all(major === 4 ? '/guard/*' : '/guard/*rest', passOn);
  app.param('user', (_req, _res, next, value: string) => {
    if (value === 'missing') next(failure(404, { code: 'USER_MISSING' }));
    else next();
  });
  app.param('answered', (_req, res) => {
    res.status(410).send('gone');
  });
  app.get('/param/:user', answer);
  app.get('/param-answers/:answered', answer);
  app.get('/monitoring/:x', (req, res) => {
    req.monitoring.tags['plan'] = 'free';
    req.monitoring.fields['rows'] = 3n;
    res.status(req.params['x'] === 'bad' ? 418 : 200).send('ok');
  });
  events.setMaxListeners(0);
}

function addFailures(app: Application, major: 4 | 5): void {
  app.get('/throw/:x', () => {
    throw failure(500);
  });
  app.get('/throw-code/:x', () => {
    throw failure(502, { errorCode: 12014 });
  });
  app.get('/throw-snake/:x', () => {
    throw failure(400, { error_code: 12015 });
  });
  app.get('/throw-token/:x', () => {
    throw failure(503, { code: 'ECONNREFUSED' });
  });
  app.get('/throw-words/:x', () => {
    throw failure(503, { code: 'not a token' });
  });
  app.get('/throw-text/:x', (_req, _res, next) => {
    next('boom');
  });
  app.get('/next/:x', (_req, _res, next) => {
    next(failure(409, { code: 7 }));
  });
  app.get('/reject/:x', (_req, _res, next) => {
    const rejected = Promise.reject(failure(500, { code: 'REJECTED' }));
    // Express 4 does not look at promises: there an application passes the error on itself.
    if (major === 5) return rejected;
    rejected.catch(next);
    return undefined;
  });
  app.get('/set-status/:x', (_req, res) => {
    res.status(422).json({ error_code: 1 });
  });
  app.get('/recovered/:x', (_req, _res, next) => {
    next(failure(500));
  });
  app.use('/recovered', (_error: unknown, _req: Request, _res: Response, next: NextFunction) => {
    next();
  });
  app.get('/recovered/:y', answer);
  app.get('/handled-200/:x', (_req, _res, next) => {
    next(failure(500, { code: 'HIDDEN' }));
  });
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- four parameters make an error handler
  app.use('/handled-200', (_error: unknown, _req: Request, res: Response, _next: NextFunction) => {
    res.send('fine');
  });
  app.get('/replaced/:x', (_req, _res, next) => {
    next(failure(500, { code: 'FIRST' }));
  });
  app.use('/replaced', (_error: unknown, _req: Request, _res: Response, next: NextFunction) => {
    next(failure(403, { code: 'SECOND' }));
  });
}

function addRouters(express: Express, app: Application, major: 4 | 5): void {
  const organizations = express.Router({ mergeParams: true });
  organizations.get('/', answer);
  organizations.get('/users/:uid', answer);
  organizations.get('/throw/:x', () => {
    throw failure(500, { code: 'DEEP' });
  });
  organizations.get('/own-error/:x', () => {
    throw failure(418, { code: 'TEAPOT' });
  });
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- four parameters make an error handler
  organizations.use('/own-error', (_error: unknown, _req: Request, res: Response, _next: NextFunction) => {
    res.status(418).send('handled here');
  });
  organizations.get('/leave/:x', (_req, _res, next) => {
    next('router');
  });
  organizations.get('/send-missing/:x', (_req, res) => {
    res.sendFile(MISSING_FILE);
  });
  organizations.use('/secure', (_req, res) => {
    res.status(401).send('who?');
  });
  organizations.param('uid', (_req, _res, next, value: string) => {
    if (value === 'missing') next(failure(404, { code: 'DEEP_MISSING' }));
    else
      setImmediate(() => {
        next();
      });
  });
  const api = express.Router();
  api.get('/', answer);
  api.get('/status', answer);
  api.use('/orgs/:org', organizations);
  api.use('/other/:name', organizations);
  api.use('/pre-:kind.:ext', express.Router().get('/x', answer));
  api.use(['/list-a', '/list-b/:x'], express.Router().get('/y', answer));
  api.use(major === 4 ? '/opt/:x?' : '/opt{/:x}', express.Router().get('/end/:z', answer));
  app.use('/api', api);
  app.use('/slash/', express.Router().get('/x', answer).get('/', answer));
  app.use(express.Router().get('/at-root/:x', answer));
  app.use(/^\/(?:v1|v2)/, express.Router().get('/versioned/:x', answer));

  const inner = express();
  inner.set('env', 'test');
  inner.get('/', answer);
  inner.get('/stats/:day', answer);
  inner.get('/throw/:x', () => {
    throw failure(500, { code: 'SUB_APP' });
  });
  const outer = express();
  outer.set('env', 'test');
  outer.use('/tenants/:tenant', inner);
  outer.get('/own/:x', answer);
  app.use('/admin', outer);

  const tree = express.Router();
  tree.get('/leaf', answer);
  tree.use('/:branch', tree);
  app.use('/tree', tree);

  const chosen = express.Router().get('/chosen/:x', answer);
  app.use('/dynamic/:version', (req, res, next) => {
    chosen(req, res, next);
  });
  app.get('/handler-router/:x', express.Router().get('/handler-router/:inner', answer));
}

let filesFolder: string | undefined;

/** The folder of files that all applications of this process have; it is gone with the process. */
function folderOfFiles(): string {
  if (filesFolder !== undefined) return filesFolder;
  const folder = mkdtempSync(join(tmpdir(), 'influx-monitoring-express-'));
  mkdirSync(join(folder, 'folder'));
  writeFileSync(join(folder, 'hello.txt'), 'hello');
  process.once('exit', () => {
    rmSync(folder, { force: true, recursive: true });
  });
  return (filesFolder = folder);
}

/** @returns a folder of files */
function addMiddleware(express: Express, app: Application): string {
  const folder = folderOfFiles();
  app.use('/static', express.static(folder));
  app.use('/answers', (_req, res) => {
    res.send('middleware');
  });
  app.use('/fails', (_req, _res, next) => {
    next(failure(500, { code: 'MIDDLEWARE' }));
  });
  app.use('/compressed', compression({ threshold: 0 }));
  app.get('/compressed/:x', (_req, res) => {
    res.send('x'.repeat(5000));
  });
  app.use('/proxy', (_req, res) => {
    res.status(404).send('not there');
  });
  return folder;
}

/** What Express does for handlers; its errors go by `req.next`. */
function addOwnWays(app: Application, folder: string): void {
  app.get('/send-file/:x', (_req, res) => {
    res.sendFile(join(folder, 'hello.txt'));
  });
  app.get('/send-missing/:x', (_req, res) => {
    res.sendFile(MISSING_FILE);
  });
  app.get('/download-missing/:x', (_req, res) => {
    res.download(MISSING_FILE);
  });
  writeFileSync(join(folder, 'broken.none'), 'broken');
  app.set('views', folder).engine('none', (_path: string, _options: object, done: (error: Error) => void) => {
    done(failure(500, { code: 'TEMPLATE' }));
  });
  app.get('/render-broken/:x', (_req, res) => {
    res.render('broken.none');
  });
  app.get('/format-none/:x', (_req, res) => {
    res.format({});
  });
}

/** How applications say that nothing matched, and what is no such thing. */
function addRootMiddleware(app: Application): void {
  app.use((req, res, next) => {
    if (req.path === '/no-such-page') res.status(404).send('no such page');
    else if (req.path === '/gone-page') res.status(410).send('gone');
    else if (req.path === '/no-such-error') next(failure(404));
    else next();
  });
}

function addEnds(app: Application, events: EventEmitter, folder: string): void {
  app.get('/large/:x', (_req, res) => {
    res.send(LARGE);
    events.emit('reached');
  });
  app.get('/large-file/:x', (_req, res) => {
    const file = join(folder, 'large.bin');
    // It takes no room on the disk.
    writeFileSync(file, '');
    truncateSync(file, LARGE_SIZE);
    res.sendFile(file);
    events.emit('reached');
  });
  app.get('/large-destroy/:x', (_req, res) => {
    res.end(LARGE);
    res.destroy();
  });
  app.get('/empty/:x', (_req, res) => {
    res.status(204).end();
  });
  app.get('/cached/:x', (_req, res) => {
    res.status(304).end();
  });
  app.get('/interim/:x', (_req, res) => {
    res.writeProcessing();
    res.send('done');
  });
  app.get('/stream/:x', (_req, res) => {
    res.write('a');
    res.write('b');
    res.end('c');
  });
  app.get('/never/:x', () => {
    events.emit('reached');
  });
  app.get('/half/:x', (_req, res) => {
    res.write('half');
    events.emit('reached');
  });
  app.get('/destroy/:x', (_req, res) => {
    res.destroy();
  });
  app.get('/destroy-half/:x', (_req, res) => {
    res.write('half', () => res.destroy());
  });
  app.get('/timeout/:x', (req) => {
    req.socket.setTimeout(1, () => req.socket.destroy());
  });
  app.get('/fail-half/:x', (_req, res, next) => {
    res.write('half', () => {
      next(failure(500, { code: 'HALF' }));
    });
  });
}

/** Answers what happens below /admin/own-handler and leaves the rest to Express. */
function ownErrorHandler(error: unknown, req: Request, res: Response, next: NextFunction): void {
  if (req.path.startsWith('/next/')) res.status(409).json({ desc: 'conflict' });
  else next(error);
}
