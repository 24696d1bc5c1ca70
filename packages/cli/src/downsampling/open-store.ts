import { Influx1Settings, type Influx2Settings } from '@influx-monitoring/core';
import { createInflux1Store } from './influx1-store.ts';
import { createInflux2Store } from './influx2-store.ts';
import type { DownsamplingStore } from './store.ts';

/** The store in the words of a version: 1.x or 2.x. @throws CommandError where the server refuses to tell */
export function openDownsamplingStore(settings: Influx1Settings | Influx2Settings): DownsamplingStore {
  return settings instanceof Influx1Settings ? createInflux1Store(settings) : createInflux2Store(settings);
}
