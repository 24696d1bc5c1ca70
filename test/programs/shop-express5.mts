/** A shop on Express 5: data of its own on each request, errors by its handler, the page, and an end that loses nothing. */
import {
  createMonitoring,
  monitorTime,
  type Health,
  type Monitoring,
  type MonitoringOptions,
  type StopResult,
} from '@influx-monitoring/core';
import { monitoringDashboard } from '@influx-monitoring/dashboard';
import { influxMonitoring, type InfluxMonitoringOptions } from '@influx-monitoring/express';
import express, { type ErrorRequestHandler, type Express } from 'express';

const options: MonitoringOptions = {
  service: 'shop',
  version: 2,
  url: 'https://influx.example/base',
  credentials: { organization: 'shop', bucket: 'monitoring', token: 'secret' },
  flushingPeriod: 5,
  selfPeriodSeconds: 10,
  processPeriodSeconds: 10,
  tagBuckets: { account_id: 256 },
};
export const monitoring: Monitoring = createMonitoring(options);

const requestOptions: InfluxMonitoringOptions = {
  monitoring,
  additionalTags: (request) => ({ plan: request.header('x-plan') }),
  getErrorCode: (error) => (error instanceof RangeError ? 20001 : undefined),
  ignore: ['/health', /^\/assets\//],
  sampleRate: 0.1,
};

export const app: Express = express();
app.use('/monitoring', monitoringDashboard({ monitoring, authorize: (request) => request.headers.host === 'intern' }));
app.use(influxMonitoring(requestOptions));
app.get('/orders/:id', async (request, response) => {
  request.monitoring.tags['plan'] = 'free';
  request.monitoring.fields['items'] = 3n;
  const order: { id: string } = await monitorTime(request.monitoring, 'load_time', () =>
    Promise.resolve({ id: request.params.id }),
  );
  response.json({ ...order, requestId: request.monitoring.requestId });
});
const onError: ErrorRequestHandler = (error, request, response, next) => {
  request.monitoring.errorCode = 20002;
  if (response.headersSent) next(error);
  else response.sendStatus(500);
};
app.use(onError);

export function health(): Health {
  return monitoring.health();
}

export function stop(signal: AbortSignal): Promise<StopResult> {
  return monitoring.stop({ signal, timeoutMs: 1000 });
}

// @ts-expect-error A standard tag may not be replaced.
influxMonitoring({ monitoring, additionalTags: { route: 'mine' } });
// @ts-expect-error There is no such option.
influxMonitoring({ monitoring, ignored: '/' });
// @ts-expect-error Credentials of InfluxDB 1 have no bucket.
createMonitoring({ version: 1, credentials: { organization: 'shop', bucket: 'monitoring', token: 'secret' } });
// @ts-expect-error InfluxDB 2 needs an organization.
createMonitoring({ version: 2, credentials: { bucket: 'monitoring', token: 'secret' } });
// @ts-expect-error InfluxDB 3 has a database, no dbName.
createMonitoring({ version: 3, credentials: { dbName: 'monitoring' } });
// @ts-expect-error InfluxDB 2 has no database of version 3.
createMonitoring({ version: 2, credentials: { database: 'monitoring', token: 'secret' } });
// @ts-expect-error A password needs a name.
createMonitoring({ credentials: { dbName: 'monitoring', password: 'secret' } });
// @ts-expect-error The embedded store takes no credentials.
createMonitoring({ store: 'memory', credentials: { dbName: 'monitoring' } });
// @ts-expect-error A period carries its unit in its name.
createMonitoring({ selfPeriod: 10 });
