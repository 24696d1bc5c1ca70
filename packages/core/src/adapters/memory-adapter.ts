import { MemoryWire } from '../wires/memory-wire.ts';
import type { PointStore, PointStoreOptions } from '../wires/point-store.ts';
import { BaseMonitoringAdapter, type BaseMonitoringAdapterInit } from './base-adapter.ts';

/**
 * What an adapter for the embedded store is made from.
 *
 * @category Databases
 */
export interface MemoryMonitoringAdapterInit extends BaseMonitoringAdapterInit {
  readonly store?: PointStoreOptions | undefined;
}

/**
 * Buffers points and keeps them in this process's memory: what monitoring does where no database is configured.
 *
 * @category Databases
 */
export class MemoryMonitoringAdapter extends BaseMonitoringAdapter {
  readonly client: PointStore;

  constructor({ store, ...init }: MemoryMonitoringAdapterInit = {}) {
    // What a pipeline has stored stays, where the embedded store is followed by itself.
    const wire = init.pipeline?.wire instanceof MemoryWire ? init.pipeline.wire : new MemoryWire(store);
    super(wire, init);
    this.client = wire.client;
  }
}
