import type { Wire } from '../batch/outcome.ts';
import { createInflux1Wire } from './influx1-wire.ts';
import { createInflux2Wire } from './influx2-wire.ts';
import { createInflux3Wire } from './influx3-wire.ts';
import { Influx1Settings, Influx3Settings, type InfluxSettings } from './settings.ts';

/** Makes the way to a database, for who writes without a pipeline: it has no buffer, no timer and no hook. */
export function createWire(settings: InfluxSettings): Wire {
  if (settings instanceof Influx1Settings) return createInflux1Wire(settings);
  return settings instanceof Influx3Settings ? createInflux3Wire(settings) : createInflux2Wire(settings);
}
