import {
  LunaRequestInfluxMonitoring,
  type MessageContext,
  type Monitoring,
  type MonitoringOptions,
  type StoredPoint,
} from '@influx-monitoring/core';
import { onTestFinished } from 'vitest';

/** A monitoring for one test, on the embedded store. */
export function startMonitoring(
  options: Pick<MonitoringOptions, 'aggregate' | 'maxMessageAgeSeconds' | 'service'> = {},
): LunaRequestInfluxMonitoring {
  const monitoring = new LunaRequestInfluxMonitoring(options);
  onTestFinished(async () => {
    await monitoring.stop();
  });
  return monitoring;
}

/** What a test's monitoring recorded of a series. */
export async function pointsOf(monitoring: Monitoring, series: string): Promise<StoredPoint[]> {
  await monitoring.flush();
  return monitoring.points({ series });
}

/** A Redis message that has arrived now. */
export function newMessage(requestId = 'request-1'): MessageContext {
  return {
    channel: 'luna-sender:account-1',
    receivedAt: Date.now() / 1000,
    receivedAtMs: performance.now(),
    requestId,
  };
}

/** A number that a point's field holds. */
export function numberField(point: StoredPoint | undefined, name: string): number {
  const value = point?.fields[name];
  if (typeof value !== 'number') throw new Error(`${name} is no number: ${String(value)}`);
  return value;
}
