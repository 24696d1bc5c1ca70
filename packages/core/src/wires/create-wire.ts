import type { Wire } from '../batch/outcome.ts';
import { Influx1Wire } from './influx1-wire.ts';
import { Influx2Wire } from './influx2-wire.ts';
import { Influx1Settings, type Influx2Settings } from './settings.ts';

/** Makes the way to a database, for who writes without a pipeline: it has no buffer, no timer and no hook. */
export function createWire(settings: Influx1Settings | Influx2Settings): Wire {
  return settings instanceof Influx1Settings ? new Influx1Wire(settings) : new Influx2Wire(settings);
}
