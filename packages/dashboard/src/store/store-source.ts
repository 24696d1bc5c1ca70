import { PointStore, type Monitoring, type StoredBatch } from '@influx-monitoring/core';

/** The part of a store that a view reads; another copy of core may have made it. */
export type ReadableStore = Pick<PointStore, 'batchesAfter' | 'byteCount' | 'forgottenCount'>;

/**
 * Where a view's points come from: the monitoring's embedded store, or one beside the database that takes each line as
 * it is recorded, so that an outage of the database does not blind the view.
 */
export class StoreSource {
  readonly #monitoring: Monitoring;
  readonly #maxBytes: number;
  readonly #madeAt = Date.now() / 1000;
  #own: PointStore | undefined;
  #stopObserving: (() => void) | undefined;

  constructor(monitoring: Monitoring, maxBytes: number) {
    this.#monitoring = monitoring;
    this.#maxBytes = maxBytes;
    if (!this.isEmbedded) this.#beginOwn();
  }

  /** True where the monitoring keeps its points in memory itself. */
  get isEmbedded(): boolean {
    return isReadableStore(this.#monitoring.adapter.client);
  }

  /** The store in use; another one after the monitoring was re-initialised from memory to a database or back. */
  get store(): ReadableStore {
    const { client } = this.#monitoring.adapter;
    if (isReadableStore(client)) {
      this.close();
      return client;
    }
    return this.#own ?? this.#beginOwn();
  }

  /** From when on points are taken, in seconds since the epoch. */
  get beganAt(): number {
    return this.isEmbedded ? performance.timeOrigin / 1000 : this.#madeAt;
  }

  /** First second from which all points are there. */
  firstSecond(): number {
    const { store } = this;
    if (store.forgottenCount === 0) return Math.floor(this.beganAt);
    const oldest: StoredBatch | undefined = store.batchesAfter(0)[0];
    const oldestAtMs = performance.timeOrigin + (oldest?.storedAtMs ?? performance.now());
    return Math.ceil(oldestAtMs / 1000);
  }

  close(): void {
    this.#stopObserving?.();
    this.#stopObserving = undefined;
    this.#own = undefined;
  }

  #beginOwn(): PointStore {
    const store = new PointStore({ maxBytes: this.#maxBytes });
    this.#own = store;
    this.#stopObserving = this.#monitoring.observeLines({
      onLine: (line) => {
        store.addLine(line);
      },
    });
    return store;
  }
}

function isReadableStore(client: unknown): client is ReadableStore {
  return typeof client === 'object' && client !== null && 'batchesAfter' in client && 'forgottenCount' in client;
}
