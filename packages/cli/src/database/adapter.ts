import {
  Influx1MonitoringAdapter,
  Influx1Settings,
  Influx2MonitoringAdapter,
  type BaseMonitoringAdapter,
  type Influx2Settings,
} from '@influx-monitoring/core';

/** The way to write that the service has, too. */
export function adapterFor(settings: Influx1Settings | Influx2Settings): BaseMonitoringAdapter {
  return settings instanceof Influx1Settings
    ? new Influx1MonitoringAdapter({ settings })
    : new Influx2MonitoringAdapter({ settings });
}

/** Where that leads to, without credentials: `bucket "luna" at http://localhost:8086`. */
export function targetOf(settings: Influx1Settings | Influx2Settings): string {
  return settings instanceof Influx1Settings
    ? `database "${settings.dbName}" at ${settings.url}`
    : `bucket "${settings.bucket}" at ${settings.url}`;
}
