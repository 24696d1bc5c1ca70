import type { Batch, Outcome } from '../batch/outcome.ts';
import { BaseMonitoringAdapter, type BaseMonitoringAdapterInit } from './base-adapter.ts';
import { PointStore, type PointStoreOptions } from './point-store.ts';

export interface MemoryMonitoringAdapterInit extends BaseMonitoringAdapterInit {
  readonly store?: PointStoreOptions | undefined;
}

/** Keeps the points in this process's memory: what monitoring does where no database is configured. */
export class MemoryMonitoringAdapter extends BaseMonitoringAdapter {
  readonly client: PointStore;

  constructor({ store, ...init }: MemoryMonitoringAdapterInit) {
    super(init);
    const { predecessor } = init;
    // What is stored stays, where another embedded store follows.
    this.client = predecessor instanceof MemoryMonitoringAdapter ? predecessor.client : new PointStore(store);
  }

  override write(batch: Batch): Promise<Outcome> {
    this.client.add(batch);
    return Promise.resolve({ kind: 'delivered' });
  }
}
