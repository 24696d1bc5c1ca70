import type { Logger } from '../logger.ts';
import { guardListener } from '../process/callback-guard.ts';
import { safeText } from '../process/outside-text.ts';
import type { DeliveryEvent, DeliveryEventKind, EventOf } from './delivery-event.ts';
import { EventLog, type LossTotals } from './event-log.ts';
import { HealthWatch } from './health.ts';
import type { LogCode } from './log-line.ts';
import type { Situation } from './situation.ts';

type Listener = (event: DeliveryEvent) => void;

/** What events are told with. */
export interface DeliveryEventsInit {
  readonly logger: Logger;
  readonly onEvent?: Listener | undefined;
  /** What waits, looked at when a line of log is written. */
  readonly readSituation: () => Situation;
}

/** The database where its wire does not name it. */
const UNNAMED_TARGET = 'the database';

/**
 * Tells listeners and the log what happens to points. Nothing that a listener or a logger does can hurt delivery: what
 * they throw or reject with is counted.
 */
export class DeliveryEvents {
  /** How delivery does, by what was told. */
  readonly health = new HealthWatch();
  #target = UNNAMED_TARGET;
  readonly #listeners = new Map<DeliveryEventKind, Set<Listener>>();
  readonly #log: EventLog;
  readonly #onEvent: Listener | undefined;
  #failedCallbackCount = 0;

  constructor({ logger, onEvent, readSituation }: DeliveryEventsInit) {
    this.#log = new EventLog(logger, readSituation, this.#countFailure);
    this.#onEvent = onEvent === undefined ? undefined : guardListener(onEvent, this.#countFailure);
  }

  /** The database that points go to, as a line of log names it. */
  get target(): string {
    return this.#target;
  }

  /** It may be a name of a user's own wire. */
  set target(target: string | undefined) {
    this.#target = target === undefined ? UNNAMED_TARGET : safeText(target);
  }

  /** How often a listener or the logger threw or rejected. */
  get failedCallbackCount(): number {
    return this.#failedCallbackCount;
  }

  /**
   * Calls a listener at each event of a kind.
   *
   * @returns a function that takes the listener away again
   */
  on<Kind extends DeliveryEventKind>(kind: Kind, listener: (event: EventOf<Kind>) => void): () => void {
    const listeners = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, listeners);
    // It is only ever called with events of its kind: see `emit`.
    const guarded = guardListener(listener as Listener, this.#countFailure);
    listeners.add(guarded);
    return () => {
      listeners.delete(guarded);
    };
  }

  /** Tells of an event. Its reason is made fit to be told: it may be of a wire of the user's own. */
  emit(event: DeliveryEvent): void {
    const told = event.kind !== 'drop' && 'reason' in event ? { ...event, reason: safeText(event.reason) } : event;
    this.health.note(told);
    this.#onEvent?.(told);
    for (const listener of this.#listeners.get(told.kind) ?? []) listener(told);
    this.#log.note(told, this.#target);
  }

  /** Warns of what is no event of points. */
  warn(code: LogCode, text: string): void {
    this.#log.warn(code, text);
  }

  /** Tells the log what was lost in all, if anything was: nothing more is to come. */
  end(totals: LossTotals): void {
    this.#log.end(totals);
  }

  readonly #countFailure = (): void => {
    this.#failedCallbackCount += 1;
  };
}
