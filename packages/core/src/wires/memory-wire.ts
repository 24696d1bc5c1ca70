import type { Batch, Outcome, Wire } from '../batch/outcome.ts';
import { PointStore, type PointStoreOptions } from './point-store.ts';

/** Keeps the points in this process's memory: what monitoring does where no database is configured. */
export class MemoryWire implements Wire {
  readonly client: PointStore;

  constructor(store?: PointStoreOptions) {
    this.client = new PointStore(store);
  }

  write(batch: Batch): Promise<Outcome> {
    this.client.add(batch);
    return Promise.resolve({ kind: 'delivered' });
  }

  close(): void {
    // It has no connection, and what is stored stays.
  }
}
