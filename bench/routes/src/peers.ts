import { createRequire } from 'node:module';
import type { Application, RequestHandler } from 'express';

/** What a monitoring said of a request. */
export interface Told {
  readonly method: string;
  /** `undefined` where it named none. */
  readonly route: string | undefined;
  readonly status: string;
}

/** One monitoring, set up as its documentation says for routes. */
export interface Peer {
  readonly name: string;
  /** Packages whose versions the table shows. */
  readonly packages: readonly string[];
  /** Loads it; to be called before Express is loaded. */
  load(): Promise<LoadedPeer>;
}

export interface LoadedPeer {
  readonly install: (app: Application) => void;
  /** What it told since it was last asked. */
  readonly read: () => Promise<readonly Told[]>;
}

const require = createRequire(import.meta.url);

export const PEERS: readonly Peer[] = [
  { name: 'influx-monitoring', packages: ['@influx-monitoring/express'], load: loadOurs },
  { name: 'express-prom-bundle', packages: ['express-prom-bundle', 'prom-client'], load: () => loadPromBundle(false) },
  {
    name: "express-prom-bundle, README's route recipe",
    packages: ['express-prom-bundle', 'prom-client'],
    load: () => loadPromBundle(true),
  },
  { name: '@promster/express', packages: ['@promster/express', 'prom-client'], load: loadPromster },
  { name: 'swagger-stats', packages: ['swagger-stats'], load: loadSwaggerStats },
  {
    name: 'OpenTelemetry http + express',
    packages: ['@opentelemetry/instrumentation-http', '@opentelemetry/instrumentation-express'],
    load: loadOpenTelemetry,
  },
  { name: 'Apitally', packages: ['apitally'], load: loadApitally },
];

async function loadOurs(): Promise<LoadedPeer> {
  const { influxMonitoring } = await import('@influx-monitoring/express');
  const { LunaRequestInfluxMonitoring, MemoryMonitoringAdapter } = await import('@influx-monitoring/core');
  const monitoring = new LunaRequestInfluxMonitoring({ flushingPeriod: 3600 });
  let known = 0;
  return {
    install: (app) => app.use(influxMonitoring({ monitoring })),
    read: async () => {
      await monitoring.flush();
      const { adapter } = monitoring;
      const points = adapter instanceof MemoryMonitoringAdapter ? adapter.client.points({ series: 'requests' }) : [];
      const told = points.slice(known).map(({ tags }) => {
        const [method = '', ...route] = (tags['route'] ?? '').split(':');
        return { method, route: route.join(':'), status: tags['status_code'] ?? '' };
      });
      known = points.length;
      return told;
    },
  };
}

function loadPromBundle(hasRecipe: boolean): Promise<LoadedPeer> {
  const promBundle = require('express-prom-bundle') as ((options: object) => RequestHandler) & Record<string, unknown>;
  // Example 3 of its README.
  if (hasRecipe) promBundle['normalizePath'] = (req: { route?: { path?: unknown } }) => req.route?.path ?? 'NULL';
  const middleware = promBundle({ includeMethod: true, includePath: true, includeStatusCode: true });
  const { register } = require('prom-client') as { register: { metrics(): Promise<string> } };
  const read = createMetricsReader(
    () => register.metrics(),
    'http_request_duration_seconds_count',
    'path',
    'status_code',
  );
  return Promise.resolve({ install: (app) => app.use(middleware), read });
}

function loadPromster(): Promise<LoadedPeer> {
  const { createMiddleware, getSummary } = require('@promster/express') as {
    createMiddleware: (options: object) => RequestHandler;
    getSummary: () => Promise<string>;
  };
  const middleware = createMiddleware({});
  const read = createMetricsReader(() => getSummary(), 'http_request_duration_seconds_count', 'path', 'status_code');
  return Promise.resolve({ install: (app) => app.use(middleware), read });
}

function loadSwaggerStats(): Promise<LoadedPeer> {
  const swaggerStats = require('swagger-stats') as {
    getMiddleware(options: object): RequestHandler;
    getPromStats(): Promise<string> | string;
  };
  const middleware = swaggerStats.getMiddleware({});
  const read = createMetricsReader(() => swaggerStats.getPromStats(), 'api_request_total', 'path', 'code');
  return Promise.resolve({ install: (app) => app.use(middleware), read });
}

/** A point of a histogram, of whichever kind. */
interface DurationPoint {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: { readonly count: number };
}

/** Traces on, since without them its HTTP metric has no route at all; the stable names of its metrics. */
async function loadOpenTelemetry(): Promise<LoadedPeer> {
  process.env['OTEL_SEMCONV_STABILITY_OPT_IN'] = 'http';
  const { metrics } = await import('@opentelemetry/api');
  const { registerInstrumentations } = await import('@opentelemetry/instrumentation');
  const { NodeTracerProvider } = await import('@opentelemetry/sdk-trace-node');
  const { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } =
    await import('@opentelemetry/sdk-metrics');
  const { HttpInstrumentation } = await import('@opentelemetry/instrumentation-http');
  const { ExpressInstrumentation } = await import('@opentelemetry/instrumentation-express');
  const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA);
  const provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  });
  metrics.setGlobalMeterProvider(provider);
  new NodeTracerProvider().register();
  registerInstrumentations({
    instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()],
    meterProvider: provider,
  });
  return {
    install: () => undefined,
    read: async () => {
      await provider.forceFlush();
      const told = exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: list }) => list))
        .filter(({ descriptor }) => descriptor.name === 'http.server.request.duration')
        .flatMap(({ dataPoints }): DurationPoint[] => dataPoints as DurationPoint[])
        .flatMap(({ attributes, value }) => {
          const route = attributes['http.route'];
          const each: Told = {
            method: String(attributes['http.request.method']),
            route: typeof route === 'string' ? route : undefined,
            status: String(attributes['http.response.status_code']),
          };
          return Array.from({ length: value.count }, () => each);
        });
      exporter.reset();
      return told;
    },
  };
}

function loadApitally(): Promise<LoadedPeer> {
  const { useApitally } = require('apitally/express') as { useApitally: (app: Application, config: object) => void };
  interface Counter {
    getAndResetRequests(): { method: string; path: string; request_count: number; status_code: number }[];
  }
  // Not exported: what it is about to send is kept in its client.
  const folder = require.resolve('apitally/express').replace(/express[/\\]index\.cjs$/, '');
  const { ApitallyClient } = require(`${folder}common/client.cjs`) as {
    ApitallyClient: { getInstance: () => { requestCounter: Counter }; prototype: { startSync: () => void } };
  };
  // What was counted stays until it is read here, and nothing leaves the machine.
  ApitallyClient.prototype.startSync = silent;
  const quiet = { debug: silent, info: silent, warn: silent, error: silent };
  return Promise.resolve({
    install: (app) => {
      useApitally(app, { clientId: '00000000-0000-4000-8000-000000000000', env: 'dev', logger: quiet });
    },
    read: () =>
      Promise.resolve(
        ApitallyClient.getInstance()
          .requestCounter.getAndResetRequests()
          .flatMap(({ method, path, request_count: count, status_code: status }) =>
            Array.from({ length: count }, () => ({ method, route: path, status: String(status) })),
          ),
      ),
  });
}

function silent(): void {
  return undefined;
}

/** Reads a counter of the Prometheus text format: what it grew by since the last reading. */
function createMetricsReader(
  metrics: () => Promise<string> | string,
  name: string,
  routeLabel: string,
  statusLabel: string,
): LoadedPeer['read'] {
  const known = new Map<string, number>();
  return async () => {
    const told: Told[] = [];
    for (const line of (await metrics()).split('\n')) {
      if (!line.startsWith(`${name}{`)) continue;
      const end = line.lastIndexOf('}');
      const labels = new Map(
        [...line.slice(name.length + 1, end).matchAll(/(\w+)="((?:\\.|[^"\\])*)"/g)].map(([, key = '', value = '']) => [
          key,
          value.replaceAll(/\\(.)/g, '$1'),
        ]),
      );
      const count = Number(line.slice(end + 1));
      const grown = count - (known.get(line.slice(0, end)) ?? 0);
      known.set(line.slice(0, end), count);
      const each = {
        method: labels.get('method') ?? '',
        route: labels.get(routeLabel),
        status: labels.get(statusLabel) ?? '',
      };
      for (let index = 0; index < grown; index += 1) told.push(each);
    }
    return told;
  };
}
