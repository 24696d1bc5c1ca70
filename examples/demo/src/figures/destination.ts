import { Influx1Settings, type LunaRequestInfluxMonitoring } from '@influx-monitoring/core';

/** Where the points go, in words, without credentials. */
export function describeDestination({ isEnabled, settings }: LunaRequestInfluxMonitoring): string {
  if (!isEnabled) return 'nowhere: monitoring is switched off';
  if (settings === undefined) return 'the embedded store, in the memory of this process';
  return settings instanceof Influx1Settings
    ? `InfluxDB 1.x at ${settings.url}, database ${settings.dbName}`
    : `InfluxDB 2.x or 3 at ${settings.url}, bucket ${settings.bucket}`;
}
