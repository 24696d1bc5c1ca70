import { createServer } from 'node:http';
import express from 'express';
import { influxMonitoring, type InfluxMonitoringOptions } from '@influx-monitoring/express';
import { afterEach, describe, expect, it } from 'vitest';
import { listen } from './support/listen.ts';
import { PointCollector } from './support/point-collector.ts';

/** Where `@opentelemetry/api` keeps what a tracer registered. */
const OPENTELEMETRY = Symbol.for('opentelemetry.js.api.1');
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

afterEach(() => {
  Reflect.deleteProperty(globalThis, OPENTELEMETRY);
});

/** An application with two middlewares, of a monitoring each. */
async function start(...allOptions: readonly InfluxMonitoringOptions[]) {
  const collectors = allOptions.map(() => new PointCollector());
  const app = express();
  app.set('env', 'test');
  allOptions.forEach((options, index) => {
    app.use(influxMonitoring({ monitoring: collectors[index], ...options }));
  });
  app.get('/ok', (_req, res) => {
    setTraceId('f'.repeat(32));
    res.send('ok');
  });
  app.get('/failed', () => {
    throw new Error('failed');
  });
  const port = await listen(createServer(app));
  const get = async (path: string, headers: Record<string, string> = {}): Promise<void> => {
    await (await fetch(`http://127.0.0.1:${String(port)}${path}`, { headers })).text();
  };
  return { collectors, get };
}

/** Lets a span of a trace be the active one. */
function setTraceId(traceId: string): void {
  const span = { spanContext: () => ({ traceId }) };
  const context = { active: () => ({ getValue: (key: symbol) => (key === SPAN ? span : undefined) }) };
  Reflect.set(globalThis, OPENTELEMETRY, { context });
}

async function fieldsOf(collector: PointCollector | undefined, count: number, name: string) {
  await collector?.requests(count);
  const of = (series: string) => collector?.of(series).map(({ fields }) => fields[name]);
  return { errors: of('errors'), requests: of('requests') };
}

describe('requestIds', () => {
  it('has an id on every point, unless something else is asked for', async () => {
    const { collectors, get } = await start({});
    for (const path of ['/ok', '/failed']) await get(path, { 'x-request-id': path });
    expect(await fieldsOf(collectors[0], 2, 'request_id')).toEqual({
      errors: ['/failed'],
      requests: ['/ok', '/failed'],
    });
  });

  it('has ids on failed and slow requests alone, for each monitoring by its own options', async () => {
    const { collectors, get } = await start(
      { requestIds: 'failed-and-slow' },
      { requestIds: 'failed-and-slow', slowSeconds: 0 },
      { requestIds: 'all', slowSeconds: 3600 },
      { requestIds: 'failed-and-slow', sampleRate: 0.999_999, slowSeconds: 3600 },
    );
    for (const path of ['/ok', '/failed']) await get(path, { 'x-request-id': path });
    const errors = ['/failed'];
    const all = { errors, requests: ['/ok', '/failed'] };
    const few = { errors, requests: [undefined, '/failed'] };
    const found = await Promise.all(collectors.map((collector) => fieldsOf(collector, 2, 'request_id')));
    expect(found).toEqual([few, all, all, few]);
  });
});

describe('traceId', () => {
  it('is on both points, of traceparent, and on none where there is no trace', async () => {
    const { collectors, get } = await start({ traceId: true }, {});
    await get('/failed', { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` });
    await get('/failed', { traceparent: 'nonsense' });
    const found = [TRACE_ID, undefined];
    expect(await fieldsOf(collectors[0], 2, 'trace_id')).toEqual({ errors: found, requests: found });
    const none = [undefined, undefined];
    expect(await fieldsOf(collectors[1], 2, 'trace_id')).toEqual({ errors: none, requests: none });
  });

  it('is that of the span that was active when the request arrived', async () => {
    const { collectors, get } = await start({ traceId: true });
    setTraceId(TRACE_ID);
    // The handler makes another one active.
    await get('/ok');
    expect(await fieldsOf(collectors[0], 1, 'trace_id')).toEqual({ errors: [], requests: [TRACE_ID] });
  });

  it('lies over what handlers call by its name', async () => {
    const { collectors, get } = await start({
      // By its types it is refused; by a function in JavaScript it may come.
      additionalFields: (() => ({ trace_id: 'mine' })) as never,
      traceId: true,
    });
    await get('/ok', { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` });
    expect(await fieldsOf(collectors[0], 1, 'trace_id')).toEqual({ errors: [], requests: [TRACE_ID] });
  });
});
