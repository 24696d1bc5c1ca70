import { Influx1Settings, type Influx2Settings } from '@influx-monitoring/core';

/** Where that leads to, without credentials: `bucket "luna" at http://localhost:8086`. */
export function targetOf(settings: Influx1Settings | Influx2Settings): string {
  return settings instanceof Influx1Settings
    ? `database "${settings.dbName}" at ${settings.url}`
    : `bucket "${settings.bucket}" at ${settings.url}`;
}
