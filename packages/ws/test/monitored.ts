import { LunaRequestInfluxMonitoring, type MemoryMonitoringAdapter, type StoredPoint } from '@influx-monitoring/core';
import { onTestFinished } from 'vitest';

/** A monitoring for one test, on the embedded store. */
export function startMonitoring({ service }: { readonly service?: string } = {}): LunaRequestInfluxMonitoring {
  const monitoring = new LunaRequestInfluxMonitoring({ service });
  onTestFinished(async () => {
    await monitoring.stop();
  });
  return monitoring;
}

/** What a test's monitoring recorded of a series. */
export async function pointsOf(monitoring: LunaRequestInfluxMonitoring, series: string): Promise<StoredPoint[]> {
  await monitoring.flush();
  // A monitoring without credentials has the adapter of the embedded store.
  return (monitoring.adapter as MemoryMonitoringAdapter).client.points({ series });
}

/** A number that a point's field holds. */
export function numberField(point: StoredPoint | undefined, name: string): number {
  const value = point?.fields[name];
  if (typeof value !== 'number') throw new Error(`${name} is no number: ${String(value)}`);
  return value;
}
