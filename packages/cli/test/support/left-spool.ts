import { LunaRequestInfluxMonitoring, RequestMonitoringPoint } from '@influx-monitoring/core';
import { freePort } from '@influx-monitoring/test-servers';

/** A service whose database is away, with points in its spool. */
export interface SpoolingService {
  /** Ends it; its points stay in the spool. */
  stop(): Promise<void>;
}

/** Records points into a spool folder, as a service does. */
export async function startSpooling(spoolFolder: string, pointCount: number): Promise<SpoolingService> {
  const monitoring = new LunaRequestInfluxMonitoring({
    credentials: { dbName: 'luna' },
    host: '127.0.0.1',
    port: await freePort(),
    service: 'shop',
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    delivery: { spoolFolder, durability: 'wal', signals: 'never' },
  });
  for (let index = 0; index < pointCount; index += 1) {
    const point = new RequestMonitoringPoint({
      executionTime: 0.5,
      method: 'GET',
      requestTime: monitoring.now(),
      requestId: `id-${String(index)}`,
      resource: '/version',
      service: 'shop',
      statusCode: 200,
    });
    monitoring.addPoints([point]);
  }
  await monitoring.flush();
  return {
    stop: async () => {
      await monitoring.stop({ timeoutMs: 100 });
    },
  };
}
