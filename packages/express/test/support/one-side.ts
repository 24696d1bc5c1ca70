/**
 * One side of a comparison, in a process of its own: what an application answers and shows its handlers, with the
 * middleware or without. Prints both as JSON.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, ServerResponse, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { influxMonitoring } from '@influx-monitoring/express';
import type { Application, RequestHandler } from 'express';
import { createCaseApplication } from './case-application.ts';
import { CASES } from './cases.ts';
import { EXPRESS_VERSIONS, type Express } from './express-versions.ts';
import { PointCollector } from './point-collector.ts';

/** Of the cases, those whose bytes come to an end by themselves. */
const COMPLETE_CASES = CASES.filter(({ status }) => status !== 499);

/** Express's own ways to answer, each with what a handler finds on its way. */
const OWN_WAYS = ['/format', '/format-none', '/send-file', '/send-missing', '/render', '/render-broken', '/download'];

const FILE = fileURLToPath(import.meta.url);

/** What differs between any two answers, and the one header that we add. */
const VARYING = /^(?:Date|Luna-Request-Id|ETag|Last-Modified): .*\r\n/gm;

// Express answers with the stack of an error; below its first line the wraps of layers stand there, too.
Error.stackTraceLimit = 1;

const [, , index, side] = process.argv;
const version = EXPRESS_VERSIONS[Number(index)];
if (version === undefined) throw new Error(`expected the number of a version, got ${String(index)}`);
const express = version.load();
const middleware = side === 'monitored' ? influxMonitoring({ monitoring: new PointCollector() }) : undefined;

const cases = createCaseApplication(express, version.major, (app) => {
  if (middleware !== undefined) app.use(middleware);
});
const answers: Record<string, string> = {};
const port = await listen(cases.server);
for (const each of COMPLETE_CASES) answers[each.name] = await raw(port, each);
const seen: unknown[] = [];
const looking = await listen(createServer(createLookingApplication(express, seen)));
for (const path of ['/look/1', ...OWN_WAYS]) answers[path] = await raw(looking, { path });
process.stdout.write(JSON.stringify({ answers, seen }), () => process.exit());

function createLookingApplication(loaded: Express, found: unknown[]): Application {
  const app = loaded();
  app.set('env', 'test').set('view engine', 'none').set('views', createViews());
  app.engine('none', (path: string, _options: object, done: (error: Error | null, page?: string) => void) => {
    if (path.includes('broken')) done(new Error('broken'));
    else done(null, 'page');
  });
  if (middleware !== undefined) app.use(middleware);
  app.use(look(found));
  addOwnWays(app, found);
  app.get('/look/:x', (req, res, next) => {
    found.push('route', res.constructor === ServerResponse, res.writableEnded, res.headersSent, next === req.next);
    next(new RangeError('as it is'));
  });
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- four parameters make an error handler
  app.use(((error: unknown, req: IncomingMessage, res: ServerResponse, _next: () => void) => {
    found.push('handler', String(error), describeEmitter(req), describeEmitter(res), res.getHeaders());
    found.push(thrownBy(() => res.setHeader('bad\n', '')));
    res.end('done');
    found.push(thrownBy(() => res.writeHead(200)));
  }) as unknown as RequestHandler);
  return app;
}

/** Templates of the same names and texts on both sides. */
function createViews(): string {
  const folder = mkdtempSync(join(tmpdir(), 'influx-monitoring-views-'));
  process.on('exit', () => {
    rmSync(folder, { force: true, recursive: true });
  });
  for (const name of ['page', 'broken']) writeFileSync(join(folder, `${name}.none`), name);
  return folder;
}

function addOwnWays(app: Application, found: unknown[]): void {
  app.get('/format', (req, res, next) => {
    res.format({
      // Express gives it what it has for `next`.
      text: (_req: unknown, _res: unknown, given: unknown) => {
        found.push('format', given === req.next, next === req.next);
        res.send('text');
      },
    });
  });
  app.get('/format-none', (_req, res) => {
    res.format({ 'application/x-none': () => res.send('none') });
  });
  app.get('/send-file', (_req, res) => {
    res.sendFile(FILE);
  });
  app.get('/send-missing', (_req, res) => {
    res.sendFile('/there/is/no/such/file');
  });
  app.get('/render', (_req, res) => {
    res.render('page');
  });
  app.get('/render-broken', (_req, res) => {
    res.render('broken');
  });
  app.get('/download', (_req, res) => {
    res.download(FILE, (error) => found.push('downloaded', String(error)));
  });
}

function look(found: unknown[]): RequestHandler {
  return (req, res, next) => {
    found.push('first', describeEmitter(req), describeEmitter(res), describeEmitter(req.socket), res.getHeaders());
    found.push(
      Object.keys(res),
      Object.keys(req).filter((key) => key !== 'monitoring'),
    );
    found.push(res.emit('no-such-event'), res.listenerCount('close'), req.next === next);
    // Eleven listeners of one event would warn: ours must not be one of them.
    for (let count = res.listenerCount('finish'); count < res.getMaxListeners(); count += 1) res.on('finish', () => 0);
    next();
  };
}

function thrownBy(action: () => unknown): string {
  try {
    return `nothing, but ${String(action())}`;
  } catch (error) {
    return String(error);
  }
}

function describeEmitter(emitter: IncomingMessage | ServerResponse | IncomingMessage['socket']): object {
  return Object.fromEntries(emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]));
}

async function raw(
  to: number,
  { body = '', method = 'GET', path }: { body?: string; method?: string; path: string },
): Promise<string> {
  const socket = connect(to, '127.0.0.1');
  const head = `${method} ${path} HTTP/1.1\r\nHost: x\r\nAccept: text/plain\r\nConnection: close\r\n`;
  socket.write(`${head}Content-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`);
  // Each application has a folder of its own for static files, with times of its own.
  return (await text(socket)).replaceAll(VARYING, '');
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an address with one.
  return (server.address() as AddressInfo).port;
}
