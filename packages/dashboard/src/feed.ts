import { randomUUID } from 'node:crypto';
import type { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { Aggregate } from './aggregate/aggregate.ts';
import { Channel, type ViewChange } from './channel.ts';
import { HealthReader } from './health.ts';
import type { ReadableStore, StoreSource } from './store-source.ts';
import { TimeSlices } from './time-slices.ts';
import { encodeMessage, type Viewer } from './viewer.ts';
import { sumView, type ViewData } from './views.ts';
import type { Health, Snapshot, Span, WindowMinutes } from './wire.ts';

const TICK_MS = 1000;

/** Those who come within this time get their first figures together, in milliseconds. */
const GATHER_MS = 100;

/** How long the counts are kept after the last viewer left: a page that is loaded again goes on at once. */
const LINGER_MS = 10_000;

/** The clock is asked once in so many lines. */
const LINES_PER_STEP = 16;

/** The counts, with how far the store was read into them. */
interface Counting {
  readonly aggregate: Aggregate;
  readonly store: ReadableStore;
  readonly firstSecond: number;
  sequence: number;
}

/** What all messages of a tick share. */
interface TickState {
  readonly counting: Counting;
  readonly changedSeconds: readonly number[];
  readonly health: Health;
  /** End of what is complete. */
  readonly to: number;
  readonly slices: TimeSlices;
}

/**
 * Reads the store once a second while somebody looks on, and tells all viewers. While nobody does, it does nothing and
 * keeps nothing.
 */
export class Feed {
  readonly #monitoring: LunaRequestInfluxMonitoring;
  readonly #source: StoreSource;
  readonly #health = new HealthReader();
  readonly #viewers = new Set<Viewer>();
  readonly #channels = new Map<WindowMinutes, Channel>();
  readonly #bootId = randomUUID().slice(0, 8);
  #counting: Counting | undefined;
  #timer: NodeJS.Timeout | undefined;
  #gather: NodeJS.Timeout | undefined;
  #linger: NodeJS.Timeout | undefined;
  #tickCount = 0;
  #isTickDue = false;
  #isClosed = false;
  /** Everything that touches the counts runs one after the other, since it rests in between. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(monitoring: LunaRequestInfluxMonitoring, source: StoreSource) {
    this.#monitoring = monitoring;
    this.#source = source;
  }

  get viewerCount(): number {
    return this.#viewers.size;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** True while counts are kept. */
  get isCounting(): boolean {
    return this.#counting !== undefined;
  }

  join(viewer: Viewer): void {
    this.#viewers.add(viewer);
    this.#stayAwake();
    this.#timer ??= setInterval(() => {
      this.#tickSoon();
    }, TICK_MS).unref();
    this.#gather ??= setTimeout(() => {
      this.#gather = undefined;
      this.#tickSoon();
    }, GATHER_MS).unref();
  }

  leave(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0) return;
    clearInterval(this.#timer);
    clearTimeout(this.#gather);
    this.#timer = undefined;
    this.#gather = undefined;
    this.#channels.clear();
    this.#stayAwake();
  }

  /** Reads a view: as it is now, or as it was at a time. */
  view(minutes: WindowMinutes, to: number | undefined): Promise<Snapshot> {
    this.#stayAwake();
    return this.#enqueue(async () => {
      const state = await this.#catchUp();
      const { aggregate, firstSecond } = state.counting;
      const data =
        to === undefined
          ? await this.#readNow(new Channel(minutes), state)
          : await sumView(aggregate, { firstSecond, minutes, to }, state.slices);
      return this.#snapshotOf(minutes, data, state.health);
    });
  }

  /** Ends all streams for good. */
  close(): void {
    this.#isClosed = true;
    this.#health.recordStop();
    for (const viewer of [...this.#viewers]) {
      viewer.end();
      this.leave(viewer);
    }
    clearTimeout(this.#linger);
    this.#forget();
  }

  #stayAwake(): void {
    clearTimeout(this.#linger);
    if (this.#viewers.size > 0 || this.#isClosed) return;
    this.#linger = setTimeout(() => {
      void this.#enqueue(() => {
        if (this.#viewers.size === 0) this.#forget();
        return Promise.resolve();
      });
    }, LINGER_MS).unref();
  }

  #forget(): void {
    this.#counting = undefined;
  }

  #enqueue<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => undefined);
    return result;
  }

  #tickSoon(): void {
    if (this.#isTickDue) return;
    this.#isTickDue = true;
    void this.#enqueue(async () => {
      this.#isTickDue = false;
      if (this.#viewers.size > 0) await this.#tick();
    });
  }

  async #tick(): Promise<void> {
    const state = await this.#catchUp();
    this.#tickCount += 1;
    for (const minutes of new Set([...this.#viewers].map((viewer) => viewer.minutes))) {
      let channel = this.#channels.get(minutes);
      if (channel === undefined) this.#channels.set(minutes, (channel = new Channel(minutes)));
      const change = await channel.update(state.counting.aggregate, state.changedSeconds, state.slices);
      await this.#tell(channel, change, state);
    }
  }

  async #tell(channel: Channel, change: ViewChange, state: TickState): Promise<void> {
    const id = `${this.#bootId}.${String(this.#tickCount)}`;
    const { counting, health, slices } = state;
    let tickMessage: Buffer | undefined;
    let wholeMessage: Buffer | undefined;
    for (const viewer of [...this.#viewers]) {
      if (viewer.minutes !== channel.minutes || !viewer.takesMessage()) continue;
      if (viewer.needsWhole) {
        const data = (): Promise<ViewData> => channel.whole(counting.aggregate, spanOf(channel, state), slices);
        wholeMessage ??= encodeMessage('snapshot', id, this.#snapshotOf(channel.minutes, await data(), health));
        viewer.needsWhole = false;
        viewer.send(wholeMessage);
      } else {
        tickMessage ??= encodeMessage('tick', id, { ...spanOf(channel, state), ...change, health });
        viewer.send(tickMessage);
      }
      if (slices.isOver) await slices.rest();
    }
  }

  async #readNow(channel: Channel, state: TickState): Promise<ViewData> {
    await channel.update(state.counting.aggregate, [], state.slices);
    return channel.whole(state.counting.aggregate, spanOf(channel, state), state.slices);
  }

  /** Counts what came since it was last called; the first time all that the store holds. */
  async #catchUp(): Promise<TickState> {
    const slices = new TimeSlices();
    const { store } = this.#source;
    const now = this.#monitoring.now();
    if (this.#counting?.store !== store) {
      this.#counting = { aggregate: new Aggregate(now), store, firstSecond: this.#source.firstSecond(), sequence: 0 };
      this.#channels.clear();
      for (const viewer of this.#viewers) viewer.needsWhole = true;
    }
    const counting = this.#counting;
    await this.#readStore(counting, slices);
    await slices.run(counting.aggregate.advance(now));
    // The embedded store has a point once its buffer was flushed.
    const lagSeconds = this.#source.isEmbedded ? this.#monitoring.flushingPeriod : 0;
    const to = Math.floor(now - lagSeconds);
    return {
      counting,
      changedSeconds: counting.aggregate.seconds.takeChanged(to),
      health: this.#readHealth(),
      to,
      slices,
    };
  }

  async #readStore(counting: Counting, slices: TimeSlices): Promise<void> {
    for (const { bytes, sequence } of counting.store.batchesAfter(counting.sequence)) {
      const text = bytes.toString();
      let lineCount = 0;
      for (let start = 0; start < text.length;) {
        start = counting.aggregate.addLine(text, start);
        lineCount += 1;
        if (lineCount % LINES_PER_STEP === 0 && slices.isOver) await slices.rest();
      }
      counting.sequence = sequence;
    }
  }

  #readHealth(): Health {
    return this.#health.read(this.#monitoring.stats(), {
      destination: this.#source.isEmbedded ? 'memory' : 'InfluxDB',
      viewers: this.#viewers.size,
      storeBytes: this.#source.store.byteCount,
    });
  }

  #snapshotOf(minutes: WindowMinutes, data: ViewData, health: Health): Snapshot {
    return { service: this.#monitoring.service, bootId: this.#bootId, windowMinutes: minutes, ...data, health };
  }
}

function spanOf(channel: Channel, { counting, to }: TickState): Span {
  return { from: Math.max(channel.firstSecond(counting.aggregate), counting.firstSecond), to };
}
