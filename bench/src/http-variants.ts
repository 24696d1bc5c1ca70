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

/**
 * Loads a variant as its documentation says, with labels for method, route and status.
 *
 * @param flushingPeriod - of our monitoring, in seconds
 */
export async function middlewareOf(variant: string, flushingPeriod: number): Promise<RequestHandler[]> {
  const load = LOADERS[variant];
  if (load === undefined) throw new Error(`expected one of ${Object.keys(LOADERS).join(', ')}, got ${variant}`);
  return await load(flushingPeriod);
}

type Loader = (flushingPeriod: number) => Promise<RequestHandler[]> | RequestHandler[];

const LOADERS: Readonly<Record<string, Loader>> = {
  [HTTP_VARIANTS[0]]: () => [],
  [HTTP_VARIANTS[1]]: () => [
    (_request, response, next) => {
      response.on('close', () => undefined);
      next();
    },
  ],
  [HTTP_VARIANTS[2]]: async (flushingPeriod) => {
    const { influxMonitoring } = await import('@influx-monitoring/express');
    const { LunaRequestInfluxMonitoring } = await import('@influx-monitoring/core');
    return [influxMonitoring({ monitoring: new LunaRequestInfluxMonitoring({ flushingPeriod }) })];
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

/**
 * The two instrumentations that give an HTTP metric its route, with a span processor and a metric reader that do nothing:
 * so spans and metrics are made as they are for an exporter.
 */
async function openTelemetry(): Promise<RequestHandler[]> {
  const { NodeTracerProvider, NoopSpanProcessor } = await import('@opentelemetry/sdk-trace-node');
  const { MeterProvider, MetricReader } = await import('@opentelemetry/sdk-metrics');
  const { HttpInstrumentation } = await import('@opentelemetry/instrumentation-http');
  const { ExpressInstrumentation } = await import('@opentelemetry/instrumentation-express');
  class IdleReader extends MetricReader {
    protected override onForceFlush = (): Promise<void> => Promise.resolve();
    protected override onShutdown = (): Promise<void> => Promise.resolve();
  }
  new NodeTracerProvider({ spanProcessors: [new NoopSpanProcessor()] }).register();
  const meterProvider = new MeterProvider({ readers: [new IdleReader()] });
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
