/** A process that folds ten events for a database that is away, and ends as its second argument says; the first is the spool's folder. */
import { LunaRequestInfluxMonitoring, RequestMonitoringPoint } from '@influx-monitoring/core';

const [, , spoolFolder, end] = process.argv;
const silent = { error: () => undefined, info: () => undefined, warn: () => undefined };
const monitoring = new LunaRequestInfluxMonitoring({
  aggregate: { series: ['requests'], periodSeconds: 3600 },
  credentials: { dbName: 'd' },
  delivery: { exitTimeoutMs: 200, spoolFolder },
  logger: silent,
  port: 1,
});
const request = { executionTime: 0.1, method: 'GET', requestId: 'x', resource: '/', service: 's', statusCode: 200 };
for (let event = 0; event < 10; event += 1) {
  monitoring.addPoints([new RequestMonitoringPoint({ ...request, requestTime: Date.now() / 1000 })]);
}
if (end === 'exit') process.exit();
