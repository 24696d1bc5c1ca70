import { createServer } from 'node:http';
import { connect as connectSocket } from 'node:net';
import express, { type RequestHandler } from 'express';
import { influxMonitoring } from '@influx-monitoring/express';
import { describe, expect, it } from 'vitest';
import { hookResponses } from '../src/response-hook.ts';
import { listen, routesOf } from './support/listen.ts';
import { PointCollector } from './support/point-collector.ts';

/** Ends of every kind, with what each is recorded as. */
const ENDS: Readonly<Record<string, RequestHandler>> = {
  '/answered': (_req, res) => res.send('yes'),
  '/destroyed': (_req, res) => res.destroy(),
  '/failed': (_req, res) => res.status(503).end(),
  '/piece': (_req, res) => {
    res.write('a piece', () => res.destroy());
  },
};

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
    expect(hookResponses().exchanges.size).toBe(0);
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
