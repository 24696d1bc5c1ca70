/**
 * Records points of one tag set as fast as it can, and tells its stats as JSON.
 *
 * Arguments: port and database of an InfluxDB 1.x, the number of points, and where their time comes from: `given` (the
 * wall clock's millisecond, as callers have it) or `monitoring`.
 */
import { LunaRequestInfluxMonitoring, RequestMonitoringPoint } from '@influx-monitoring/core';

const [port = '', dbName = '', count = '', timeFrom = ''] = process.argv.slice(2);

/** So many are recorded before the event loop turns, and so before anything is sent. */
const AT_ONCE = 5000;

/** The database is waited for after so many, so that the bound on memory is never met. */
const BEFORE_FLUSH = 50_000;

const monitoring = new LunaRequestInfluxMonitoring({ credentials: { dbName }, host: '127.0.0.1', port: Number(port) });

for (let recorded = 0; recorded < Number(count); recorded += AT_ONCE) {
  const points = Array.from({ length: AT_ONCE }, () => {
    const requestTime = timeFrom === 'given' ? Date.now() / 1000 : monitoring.now();
    return new RequestMonitoringPoint({
      requestId: 'one',
      resource: '/version',
      method: 'GET',
      requestTime,
      executionTime: 0.001,
      service: 'luna-sender',
      statusCode: 200,
    });
  });
  monitoring.addPoints(points);
  if (recorded % BEFORE_FLUSH === 0) await monitoring.flush();
}
await monitoring.stop({ timeoutMs: 60_000 });
process.stdout.write(JSON.stringify(monitoring.stats()));
