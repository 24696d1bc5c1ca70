import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Application, RequestHandler } from 'express';
import { influxMonitoring } from '@influx-monitoring/express';
import { describe, expect, it } from 'vitest';
import { createCaseApplication } from './support/case-application.ts';
import { CASES } from './support/cases.ts';
import { EXPRESS_VERSIONS } from './support/express-versions.ts';
import { listen } from './support/listen.ts';
import { PointCollector } from './support/point-collector.ts';

/** Of the cases, those whose bytes come to an end by themselves. */
const COMPLETE_CASES = CASES.filter(({ status }) => status !== 499);

/** What differs between any two answers, and the one header that we add. */
const VARYING = /^(?:Date: .*|Luna-Request-Id: .*)\r\n/gm;

describe.each(EXPRESS_VERSIONS)('Express $name with the middleware', (version) => {
  const express = version.load();

  it('answers the same bytes', async () => {
    const bare = await listen(createCaseApplication(express, version.major).server);
    const monitored = createCaseApplication(express, version.major, (app) =>
      app.use(influxMonitoring({ monitoring: new PointCollector() })),
    );
    const port = await listen(monitored.server);
    for (const each of COMPLETE_CASES) {
      const [expected, answered] = await Promise.all([raw(bare, each), raw(port, each)]);
      expect(answered, each.name).toMatch(/^Luna-Request-Id: /m);
      expect(withoutFolder(answered), each.name).toBe(withoutFolder(expected));
    }
  });

  it('shows handlers the same: listeners, keys, order, errors, limits', async () => {
    const seen = await Promise.all([undefined, influxMonitoring({ monitoring: new PointCollector() })].map(look));
    expect(seen[0]).toEqual(seen[1]);
  });

  async function look(middleware: RequestHandler | undefined): Promise<unknown[]> {
    const seen: unknown[] = [];
    const app: Application = express();
    app.set('env', 'test');
    if (middleware !== undefined) app.use(middleware);
    app.use((req, res, next) => {
      seen.push('first', describeEmitter(req), describeEmitter(res), describeEmitter(req.socket));
      seen.push(
        Object.keys(res),
        Object.keys(req).filter((key) => key !== 'monitoring'),
      );
      seen.push(res.emit('no-such-event'), res.listenerCount('close'), String(req.next === next));
      // Eleven listeners of one event would warn: ours must not be one of them.
      for (let count = res.listenerCount('finish'); count < res.getMaxListeners(); count += 1)
        res.on('finish', () => 0);
      next();
    });
    app.get('/look/:x', (_req, res, next) => {
      seen.push('route', res.constructor === ServerResponse, res.writableEnded, res.headersSent);
      next(new RangeError('as it is'));
    });
    // eslint-disable-next-line @typescript-eslint/no-unused-vars -- four parameters make an error handler
    app.use(((error: unknown, req: IncomingMessage, res: ServerResponse, _next: () => void) => {
      seen.push('handler', error instanceof RangeError && error.message, describeEmitter(req), describeEmitter(res));
      expect(() => res.setHeader('bad\n', '')).toThrow();
      res.end('done');
      expect(() => res.writeHead(200)).toThrow();
    }) as unknown as RequestHandler);
    const server: Server = createServer(app);
    const port = await listen(server);
    await raw(port, { path: '/look/1' });
    return seen;
  }
});

function describeEmitter(emitter: IncomingMessage | ServerResponse | IncomingMessage['socket']): object {
  return Object.fromEntries(emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]));
}

async function raw(
  port: number,
  { body = '', method = 'GET', path }: { body?: string; method?: string; path: string },
) {
  const socket = connect(port, '127.0.0.1');
  const head = `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`;
  socket.write(`${head}Content-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`);
  return text(socket);
}

/** Each application has a folder of its own for static files, with times of its own. */
function withoutFolder(answer: string): string {
  return answer.replaceAll(VARYING, '').replaceAll(/^(?:ETag|Last-Modified): .*\r\n/gm, '');
}
