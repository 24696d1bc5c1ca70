import { Influx1Settings, type Influx2Settings } from '../wires/settings.ts';
import type { BaseMonitoringAdapter, BaseMonitoringAdapterInit } from './base-adapter.ts';
import { Influx1MonitoringAdapter } from './influx1-adapter.ts';
import { Influx2MonitoringAdapter } from './influx2-adapter.ts';
import { MemoryMonitoringAdapter } from './memory-adapter.ts';

/** The adapter for some settings; without any that of the embedded store. */
export function createAdapter(
  settings: Influx1Settings | Influx2Settings | undefined,
  init: BaseMonitoringAdapterInit,
): BaseMonitoringAdapter {
  if (settings === undefined) return new MemoryMonitoringAdapter(init);
  if (settings instanceof Influx1Settings) return new Influx1MonitoringAdapter({ ...init, settings });
  return new Influx2MonitoringAdapter({ ...init, settings });
}
