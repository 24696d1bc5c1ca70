import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import connect from 'connect';
import express from 'express';
import {
  influxMonitoring,
  requestData,
  type InfluxMonitoringMiddleware,
  type RequestMonitoringData,
} from '@influx-monitoring/express';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type express4 from 'types-express-4';
import { listen } from './support/listen.ts';
import { PointCollector } from './support/point-collector.ts';

describe('requestData', () => {
  /** Refuses with a code of its own, in the way of plain `node:http`. */
  const refuse: RequestListener = (req, res) => {
    const data = requestData(req);
    data.errorCode = 29_001;
    data.tags['plan'] = 'free';
    res.writeHead(403).end(data.requestId);
  };

  it.each<[string, (middleware: InfluxMonitoringMiddleware) => RequestListener]>([
    [
      'plain node:http',
      (middleware) => (req, res) => {
        middleware(req, res, () => {
          refuse(req, res);
        });
      },
    ],
    ['connect', (middleware) => connect().use(middleware).use(refuse)],
    ['Express', (middleware) => express().use(middleware).use(refuse)],
  ])('is what is on the points of %s', async (_name, create) => {
    const collector = new PointCollector();
    const port = await listen(createServer(create(influxMonitoring({ monitoring: collector }))));
    const response = await fetch(`http://127.0.0.1:${String(port)}/`);
    const requestId = await response.text();
    expect(response.headers.get('luna-request-id')).toBe(requestId);
    await collector.requests(1);
    expect(collector.of('errors')).toMatchObject([
      { fields: { request_id: requestId }, tags: { error_code: 29_001, plan: 'free' } },
    ]);
  });

  it('is `req.monitoring` of Express, also where that is switched off', async () => {
    const collector = new PointCollector();
    collector.isEnabled = false;
    const app = express().use(influxMonitoring({ monitoring: collector }));
    app.use((req, res) => res.json(requestData(req) === req.monitoring));
    const port = await listen(createServer(app));
    expect(await (await fetch(`http://127.0.0.1:${String(port)}/`)).json()).toBe(true);
    expect(collector.points).toEqual([]);
  });
});

describe('types', () => {
  it('are those of a middleware of Express 4 and 5, connect and node:http', () => {
    expectTypeOf<InfluxMonitoringMiddleware>().toExtend<express.RequestHandler>();
    expectTypeOf<InfluxMonitoringMiddleware>().toExtend<express4.RequestHandler>();
    expectTypeOf<InfluxMonitoringMiddleware>().toExtend<connect.NextHandleFunction>();
  });

  it('have the data on the requests of Express, and on no other message', () => {
    expectTypeOf<express.Request['monitoring']>().toEqualTypeOf<RequestMonitoringData>();
    expectTypeOf<express4.Request['monitoring']>().toEqualTypeOf<RequestMonitoringData>();
    // A client's response is one, too.
    expectTypeOf<IncomingMessage>().not.toHaveProperty('monitoring');
    expectTypeOf<ReturnType<typeof requestData>>().toEqualTypeOf<RequestMonitoringData>();
  });
});
