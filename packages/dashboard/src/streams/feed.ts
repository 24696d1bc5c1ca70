import { randomUUID } from 'node:crypto';
import type { Monitoring } from '@influx-monitoring/core';
import { Channel, type ViewChange } from './channel.ts';
import { Counter } from './counter.ts';
import type { Aggregate } from '../aggregate/aggregate.ts';
import { readHealth } from '../process/health.ts';
import { ProcessWatch } from '../process/process-watch.ts';
import type { StoreSource } from '../store/store-source.ts';
import { turnBudget } from '../store/turn-budget.ts';
import { spanOf, type TickState } from './tick-state.ts';
import { encodeMessage, type Viewer } from './viewer.ts';
import { sumView, type ViewData } from './views.ts';
import type { FoldedSpan, Health, Snapshot, WantedSpan, WindowMinutes } from '../wire/messages.ts';

const TICK_MS = 1000;

/** Those who come within this time get their first figures together, in milliseconds. */
const GATHER_MS = 100;

/** How long the counts are kept after the last viewer left: a page that is loaded again goes on at once. */
const LINGER_MS = 10_000;

/**
 * Reads the store once a second while somebody looks on, and tells all viewers. While nobody does, it does nothing and
 * keeps nothing.
 */
export class Feed {
  readonly #monitoring: Monitoring;
  readonly #source: StoreSource;
  readonly #counter: Counter;
  readonly #process: ProcessWatch;
  readonly #viewers = new Set<Viewer>();
  readonly #channels = new Map<WindowMinutes, Channel>();
  readonly #bootId = randomUUID().slice(0, 8);
  /** Another one where counting began anew: what was worked out from the one before is worth nothing. */
  #aggregate: Aggregate | undefined;
  #lastState: TickState | undefined;
  #timer: NodeJS.Timeout | undefined;
  #gather: NodeJS.Timeout | undefined;
  #linger: NodeJS.Timeout | undefined;
  #tickCount = 0;
  #isTickDue = false;
  #isClosed = false;
  /** Everything that touches the counts runs one after the other, since it rests in between. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(monitoring: Monitoring, source: StoreSource) {
    this.#monitoring = monitoring;
    this.#source = source;
    this.#counter = new Counter(monitoring, source);
    this.#process = new ProcessWatch(monitoring);
  }

  get viewerCount(): number {
    return this.#viewers.size;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** True while counts are kept. */
  get isCounting(): boolean {
    return this.#counter.isCounting;
  }

  join(viewer: Viewer): void {
    this.#viewers.add(viewer);
    this.#process.begin();
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
    this.#process.end();
    this.#stayAwake();
  }

  /** Reads a view: as it is now, or as it was at a time, or a part of that. */
  view(minutes: WindowMinutes, { from, to }: WantedSpan = {}): Promise<Snapshot> {
    this.#stayAwake();
    return this.#enqueue(async () => {
      const state = await this.#catchUp();
      const data =
        to === undefined
          ? await this.#readNow(new Channel(minutes), state)
          : await sumView(state.aggregate, { firstSecond: state.firstSecond, from, minutes, to }, turnBudget());
      return this.#snapshotOf(minutes, data, state);
    });
  }

  /** End of what is complete. */
  lastWholeSecond(): number {
    return this.#counter.wholeSecondBefore(this.#monitoring.now());
  }

  /** How far the figures of folded series go; `null` where none is folded. */
  foldedSpan(): FoldedSpan | null {
    return this.#counter.foldedSpan(this.lastWholeSecond());
  }

  /** Ends all streams for good; who looks on is told how delivery ended. */
  close(): void {
    this.#isClosed = true;
    for (const viewer of [...this.#viewers]) {
      this.#tellEnd(viewer);
      viewer.end();
      this.leave(viewer);
    }
    clearTimeout(this.#linger);
    this.#counter.forget();
  }

  #stayAwake(): void {
    clearTimeout(this.#linger);
    if (this.#viewers.size > 0 || this.#isClosed) return;
    this.#linger = setTimeout(() => {
      void this.#enqueue(() => {
        if (this.#viewers.size === 0) this.#counter.forget();
        return Promise.resolve();
      });
    }, LINGER_MS).unref();
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
    this.#lastState = state;
    for (const minutes of new Set([...this.#viewers].map((viewer) => viewer.minutes))) {
      let channel = this.#channels.get(minutes);
      if (channel === undefined) this.#channels.set(minutes, (channel = new Channel(minutes)));
      const change = await channel.update(state.aggregate, state.changedSeconds, turnBudget());
      await this.#tell(channel, change, state);
    }
  }

  async #tell(channel: Channel, change: ViewChange, state: TickState): Promise<void> {
    const id = this.#messageId();
    const { aggregate, folded, health } = state;
    const budget = turnBudget();
    let tickMessage: Buffer | undefined;
    let wholeMessage: Buffer | undefined;
    for (const viewer of [...this.#viewers]) {
      if (viewer.minutes !== channel.minutes || !viewer.takesMessage()) continue;
      if (viewer.needsWhole) {
        const data = (): Promise<ViewData> => channel.whole(aggregate, spanOf(channel, state), budget);
        wholeMessage ??= encodeMessage('snapshot', id, this.#snapshotOf(channel.minutes, await data(), state));
        viewer.needsWhole = false;
        viewer.send(wholeMessage);
      } else {
        tickMessage ??= encodeMessage('tick', id, {
          ...spanOf(channel, state),
          ...change,
          process: state.process,
          folded,
          health,
        });
        viewer.send(tickMessage);
      }
      if (budget.isOver) await budget.rest();
    }
  }

  #tellEnd(viewer: Viewer): void {
    const channel = this.#channels.get(viewer.minutes);
    const state = this.#lastState;
    if (channel === undefined || state === undefined || viewer.needsWhole || !viewer.takesMessage()) return;
    const change = { ...spanOf(channel, state), seconds: [], tables: {}, process: [], folded: state.folded };
    viewer.send(encodeMessage('tick', this.#messageId(), { ...change, health: this.#readHealth() }));
  }

  async #readNow(channel: Channel, state: TickState): Promise<ViewData> {
    await channel.update(state.aggregate, [], turnBudget());
    return channel.whole(state.aggregate, spanOf(channel, state), turnBudget());
  }

  async #catchUp(): Promise<TickState> {
    const state = await this.#counter.catchUp();
    if (this.#aggregate !== state.aggregate) {
      this.#aggregate = state.aggregate;
      this.#channels.clear();
      for (const viewer of this.#viewers) viewer.needsWhole = true;
    }
    const row = this.#process.sample();
    const folded = this.#counter.foldedSpan(state.to);
    return { ...state, folded, health: this.#readHealth(), process: row === undefined ? [] : [row] };
  }

  #messageId(): string {
    return `${this.#bootId}.${String(this.#tickCount)}`;
  }

  #readHealth(): Health {
    const view = {
      destination: this.#source.isEmbedded ? 'memory' : 'InfluxDB',
      viewers: this.#viewers.size,
      storeBytes: this.#source.store.byteCount,
    } as const;
    return readHealth(this.#monitoring, view);
  }

  #snapshotOf(
    minutes: WindowMinutes,
    data: ViewData,
    { folded, health }: Pick<TickState, 'folded' | 'health'>,
  ): Snapshot {
    return {
      service: this.#monitoring.service,
      bootId: this.#bootId,
      pid: process.pid,
      windowMinutes: minutes,
      ...data,
      // The process is looked at in whole seconds, and the last of them is not over.
      process: this.#process.between(data.from, data.to + 60),
      folded,
      health,
    };
  }
}
