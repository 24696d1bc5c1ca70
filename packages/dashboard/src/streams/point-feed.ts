import { randomUUID } from 'node:crypto';
import type { Monitoring } from '@influx-monitoring/core';
import type { StoreSource } from '../store/store-source.ts';
import { turnBudget } from '../store/turn-budget.ts';
import { Audience } from './audience.ts';
import { HandOuts } from './hand-outs.ts';
import { readStored, type StoredSpan } from './stored-points.ts';
import type { PointReader } from './point-reader.ts';

/** Points of this time go out together, in milliseconds. */
const GATHER_MS = 100;

/** How often something is said where nothing is recorded, in milliseconds. */
const BEAT_MS = 5000;

/** Tells readers of points as they are recorded. While nobody reads, nothing is looked at and no timer runs. */
export class PointFeed {
  readonly #monitoring: Monitoring;
  readonly #source: StoreSource;
  /** Another one after a restart of the service. */
  readonly #bootId = randomUUID().slice(0, 8);
  readonly #audiences = new Map<string, Audience>();
  readonly #handOuts = new HandOuts();
  #stopObserving: (() => void) | undefined;
  #isClosed = false;
  #gather: NodeJS.Timeout | undefined;
  #flushing: NodeJS.Immediate | undefined;
  #beat: NodeJS.Timeout | undefined;

  constructor(monitoring: Monitoring, source: StoreSource) {
    this.#monitoring = monitoring;
    this.#source = source;
  }

  /** True while lines are looked at. */
  get isObserving(): boolean {
    return this.#stopObserving !== undefined;
  }

  /**
   * Sends points to a reader from now on.
   *
   * @param sinceSeconds - those of so many seconds before, too, where the store holds them
   */
  async join(reader: PointReader, sinceSeconds: number | undefined): Promise<void> {
    reader.comment('begin', { service: this.#monitoring.service, bootId: this.#bootId });
    reader.hold();
    if (sinceSeconds === undefined) this.#enter(reader);
    else await this.#sendStored(reader, sinceSeconds);
    reader.release();
  }

  leave(reader: PointReader): void {
    const audience = this.#audiences.get(reader.wish.key);
    audience?.readers.delete(reader);
    if (audience?.readers.size === 0) this.#audiences.delete(reader.wish.key);
    if (this.#audiences.size === 0) this.#rest();
  }

  /** Hands out what was recorded, and ends all streams. */
  close(): void {
    this.#isClosed = true;
    this.#cancelFlush();
    this.#handOutAll();
    this.#handOuts.finish();
    for (const { readers } of [...this.#audiences.values()]) {
      for (const reader of [...readers]) {
        reader.end();
        this.leave(reader);
      }
    }
  }

  /** Each point once: those of the store up to a moment, and from that very moment on those that are recorded. */
  async #sendStored(reader: PointReader, sinceSeconds: number): Promise<void> {
    const span: StoredSpan = {
      from: Math.floor(this.#monitoring.now()) - sinceSeconds,
      wants: reader.wish.wants,
    };
    const { store } = this.#source;
    const lastSequence = store.batchesAfter(0).at(-1)?.sequence ?? 0;
    const recent = new Set<string>();
    const stopCollecting = this.#monitoring.observeLines({ onLine: (line) => recent.add(line) });
    // The embedded store has a point only once the buffer was flushed; a database would have to be waited for.
    try {
      if (this.#source.isEmbedded) await this.#monitoring.flush();
    } finally {
      stopCollecting();
    }
    this.#enter(reader);
    // Both at this very moment; they are read when there is time.
    const newBatches = store.batchesAfter(lastSequence);
    const batches = store.batchesAfter(0).map(({ bytes }) => bytes);
    for (const { bytes } of recent.size === 0 ? [] : newBatches) {
      if (turnBudget().isBusy) await turnBudget().rest();
      for (const line of bytes.toString().split('\n')) recent.delete(line);
    }
    if (recent.size > 0) batches.push(Buffer.from([...recent].join('\n')));
    for await (const lines of readStored(batches, span)) await reader.sendWhole(lines);
  }

  #enter(reader: PointReader): void {
    if (this.#isClosed) reader.end();
    if (reader.hasLeft) return;
    const { key } = reader.wish;
    // What has gathered so far is for those who were there already.
    this.#handOuts.add(this.#audiences.get(key)?.takeGathered());
    const audience = this.#audiences.get(key) ?? new Audience(reader.wish);
    this.#audiences.set(key, audience);
    audience.readers.add(reader);
    this.#stopObserving ??= this.#monitoring.observeLines({
      onLine: (line) => {
        this.#record(line);
      },
    });
    this.#beat ??= setInterval(() => {
      for (const { readers } of this.#audiences.values()) for (const each of readers) each.beat();
    }, BEAT_MS).unref();
  }

  #record(line: string): void {
    let isWanted = false;
    let isDue = false;
    for (const audience of this.#audiences.values()) {
      if (audience.add(line)) isWanted = true;
      if (audience.isDue) isDue = true;
    }
    if (!isWanted) return;
    // Not now: who records points does not wait for those who read them.
    if (isDue) this.#flushing ??= setImmediate(this.#flush);
    else this.#flushSoon();
  }

  readonly #flush = (): void => {
    this.#cancelFlush();
    // Those who are slow to be told are told of more at once, rather than of ever more later.
    if (this.#handOuts.areDone) this.#handOutAll();
    else this.#flushSoon();
  };

  #flushSoon(): void {
    this.#gather ??= setTimeout(this.#flush, GATHER_MS).unref();
  }

  #handOutAll(): void {
    for (const audience of this.#audiences.values()) this.#handOuts.add(audience.takeGathered());
  }

  #cancelFlush(): void {
    clearTimeout(this.#gather);
    clearImmediate(this.#flushing);
    this.#gather = undefined;
    this.#flushing = undefined;
  }

  #rest(): void {
    this.#stopObserving?.();
    this.#stopObserving = undefined;
    this.#cancelFlush();
    clearInterval(this.#beat);
    this.#beat = undefined;
  }
}
