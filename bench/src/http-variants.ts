import type { RequestHandler } from 'express';

/** What people put before their routes; the first is nothing at all, the second the least that any monitoring does. */
export const HTTP_VARIANTS = [
  'nothing',
  'empty middleware with a finish listener (the floor)',
  'influx-monitoring',
  'hand-written influxdb-client middleware',
  'express-prom-bundle',
  '@promster/express',
  'swagger-stats',
  'OpenTelemetry http + express',
] as const;

/** Loads a variant as its documentation says, with labels for method, route and status. */
export async function middlewareOf(variant: string): Promise<RequestHandler[]> {
  const load = LOADERS[variant];
  if (load === undefined) throw new Error(`expected one of ${Object.keys(LOADERS).join(', ')}, got ${variant}`);
  return await load();
}

const LOADERS: Readonly<Record<string, () => Promise<RequestHandler[]> | RequestHandler[]>> = {
  [HTTP_VARIANTS[0]]: () => [],
  [HTTP_VARIANTS[1]]: () => [
    (_request, response, next) => {
      response.on('close', () => undefined);
      next();
    },
  ],
  [HTTP_VARIANTS[2]]: async () => {
    const { influxMonitoring } = await import('@influx-monitoring/express');
    const { LunaRequestInfluxMonitoring } = await import('@influx-monitoring/core');
    return [influxMonitoring({ monitoring: new LunaRequestInfluxMonitoring() })];
  },
  [HTTP_VARIANTS[3]]: handWritten,
  [HTTP_VARIANTS[4]]: async () => {
    const { default: promBundle } = await import('express-prom-bundle');
    return [promBundle({ includeMethod: true, includePath: true, includeStatusCode: true })];
  },
  [HTTP_VARIANTS[5]]: async () => {
    const { createMiddleware } = await import('@promster/express');
    return [createMiddleware({})];
  },
  [HTTP_VARIANTS[6]]: async () => {
    const { default: swaggerStats } = await import('swagger-stats');
    return [swaggerStats.getMiddleware({})];
  },
  [HTTP_VARIANTS[7]]: openTelemetry,
};

/** What a team writes in an afternoon. Its points go to a port that is closed, as nothing is to be sent. */
async function handWritten(): Promise<RequestHandler[]> {
  const { InfluxDB, Point } = await import('@influxdata/influxdb-client');
  const api = new InfluxDB({ url: 'http://127.0.0.1:9', token: 'none' }).getWriteApi('org', 'bucket', 'ns', {
    batchSize: 100_000,
    flushInterval: 0,
    maxRetries: 0,
    writeFailed: () => Promise.resolve(),
  });
  return [
    (request, response, next) => {
      const startedAt = performance.now();
      response.on('finish', () => {
        // Express types a route as any; the middleware of an afternoon takes what is there.
        const route = (request.route as { path?: string } | undefined)?.path ?? 'none';
        api.writePoint(
          new Point('requests')
            .tag('route', `${request.method}:${request.baseUrl}${route}`)
            .tag('status_code', String(response.statusCode))
            .floatField('execution_time', (performance.now() - startedAt) / 1000),
        );
      });
      next();
    },
  ];
}

/** Traces and metrics into memory, with the two instrumentations that give an HTTP metric its route. */
async function openTelemetry(): Promise<RequestHandler[]> {
  const { NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node');
  const { MeterProvider } = await import('@opentelemetry/sdk-metrics');
  const { HttpInstrumentation } = await import('@opentelemetry/instrumentation-http');
  const { ExpressInstrumentation } = await import('@opentelemetry/instrumentation-express');
  new NodeTracerProvider().register();
  const meterProvider = new MeterProvider();
  for (const instrumentation of [new HttpInstrumentation(), new ExpressInstrumentation()]) {
    instrumentation.setMeterProvider(meterProvider);
    instrumentation.enable();
  }
  // Modules must come through require to be wrapped.
  const { createRequire } = await import('node:module');
  const require = createRequire(import.meta.url);
  require('node:http');
  require('express');
  return [];
}
