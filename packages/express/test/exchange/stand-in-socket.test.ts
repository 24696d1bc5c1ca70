import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';
import express from 'express';
import { influxMonitoring } from '@influx-monitoring/express';
import { expect, it } from 'vitest';
import { routesOf } from '../support/listen.ts';
import { PointCollector } from '../support/point-collector.ts';

/** As serverless-http has it: it says nothing of what waits in it, and calls back at once. */
const SILENT = {
  cork: nothing,
  destroy: nothing,
  on: nothing,
  removeListener: nothing,
  uncork: nothing,
  writable: true,
  write: (_chunk: unknown, encoding: unknown, done?: unknown): boolean => {
    for (const callback of [encoding, done]) if (typeof callback === 'function') Reflect.apply(callback, undefined, []);
    return true;
  },
};

it.each(['silent', 'slow'])('records the status of a response whose socket is a stand-in that is %s', async (kind) => {
  const collector = new PointCollector();
  const app = express();
  app.use(influxMonitoring({ monitoring: collector }));
  app.get('/users/:id', (req, res) => res.status(201).json({ id: req.params.id }));
  const request = Object.assign(new IncomingMessage(new Socket()), { headers: {}, method: 'GET', url: '/users/1' });
  const response = new ServerResponse(request);
  // As light-my-request has it: something still waits when the response tells that it finished.
  const slow = new Writable({ write: (_chunk, _encoding, done) => setImmediate(done) });
  response.assignSocket((kind === 'slow' ? slow : SILENT) as never);
  (app as unknown as (req: unknown, res: unknown) => void)(request, response);
  expect(routesOf(await collector.requests(1))).toEqual(['GET:/users/:id 201']);
});

function nothing(): void {
  // A stand-in has nothing to do.
}
