import type { Logger } from '../logger.ts';
import type { DropReason } from './drop-reason.ts';

/** What happens to points on their way. Counts are of points. */
export type DeliveryEvent =
  /** Points are gone. `series` is empty where it is not known. */
  | { readonly kind: 'drop'; readonly reason: DropReason; readonly series: string; readonly count: number }
  /** The database refused points that no other attempt will change; `isKept` where they are in a file. */
  | { readonly kind: 'deadLetter'; readonly reason: string; readonly count: number; readonly isKept: boolean }
  /** An attempt failed; the next one is in `delayMs`. `needsOperator` where it will go on failing until someone acts. */
  | {
      readonly kind: 'retry';
      readonly reason: string;
      readonly delayMs: number;
      readonly failures: number;
      readonly needsOperator: boolean;
    }
  /** The database takes points again after `failures` attempts. */
  | { readonly kind: 'recovered'; readonly failures: number }
  /** New values of a tag, as `requests.route`, become `other`; told once a tag. */
  | {
      readonly kind: 'overflow';
      readonly tag: string;
      readonly maxTagValues: number;
      /** What the tag met: its distinct values, memory for them, or the tag keys of all series (it is left out then). */
      readonly limit: 'values' | 'memory' | 'keys';
    }
  /** Something happened in the spool: `adopted` and `spilled` are good news. */
  | {
      readonly kind: 'spool';
      readonly change: 'spilled' | 'adopted' | 'unwritable' | 'writable' | 'broken' | 'full';
      readonly count: number;
      readonly reason: string;
    };

/** A kind of event. */
export type DeliveryEventKind = DeliveryEvent['kind'];

type EventOf<Kind extends DeliveryEventKind> = Extract<DeliveryEvent, { kind: Kind }>;
type Listener = (event: DeliveryEvent) => unknown;

/** How long a kind of trouble stays untold after it was told, in milliseconds. */
export const LOG_INTERVAL_MS = 30_000;

/** Tells listeners and the log what happens to points. Nothing that a listener or a logger does can hurt delivery. */
export class DeliveryEvents {
  readonly #listeners = new Map<DeliveryEventKind, Set<Listener>>();
  readonly #logger: Logger;
  readonly #onEvent: Listener | undefined;
  /** When each kind of trouble was last told: few keys, and one a tag that overflows. */
  readonly #toldAtMs = new Map<string, number>();

  constructor({ logger, onEvent }: { readonly logger: Logger; readonly onEvent?: Listener | undefined }) {
    this.#logger = logger;
    this.#onEvent = onEvent;
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
    const general = listener as Listener;
    listeners.add(general);
    return () => {
      listeners.delete(general);
    };
  }

  emit(event: DeliveryEvent): void {
    if (this.#onEvent !== undefined) callSafely(this.#onEvent, event);
    for (const listener of this.#listeners.get(event.kind) ?? []) callSafely(listener, event);
    const line = lineOf(event);
    if (line !== undefined) this.#log(line);
  }

  #log({ level, topic, text }: LogLine): void {
    const nowMs = performance.now();
    const toldAtMs = this.#toldAtMs.get(topic);
    if (toldAtMs !== undefined && nowMs - toldAtMs < LOG_INTERVAL_MS) return;
    this.#toldAtMs.set(topic, nowMs);
    try {
      this.#logger[level](`influx-monitoring: ${text}`);
    } catch {
      // A logger that throws is the application's affair; delivery goes on.
    }
  }
}

interface LogLine {
  readonly level: keyof Logger;
  /** Lines of one topic are told at most once in `LOG_INTERVAL_MS`. */
  readonly topic: string;
  readonly text: string;
}

function callSafely(listener: Listener, event: DeliveryEvent): void {
  try {
    const result = listener(event);
    // An async listener must not make an unhandled rejection of its own failure.
    if (result instanceof Promise) result.catch(() => undefined);
  } catch {
    // A listener's failure is its own.
  }
}

const OVERFLOW_TEXTS: Readonly<Record<EventOf<'overflow'>['limit'], (tag: string, maxTagValues: number) => string>> = {
  keys: () => 'there have been 1000 tag keys: new ones are left out',
  memory: (tag) => `the values of ${tag} fill the memory for tags: new ones become "other"`,
  values: (tag, maxTagValues) => `${tag} has had ${String(maxTagValues)} values: new ones become "other"`,
};

const SPOOL_TEXTS: Readonly<Record<EventOf<'spool'>['change'], string | undefined>> = {
  adopted: undefined,
  broken: 'a segment of the spool is broken and was moved aside',
  full: 'the spool is full: its oldest points are dropped',
  spilled: undefined,
  unwritable: 'the spool cannot be written, so points wait in memory',
  writable: undefined,
};

function lineOf(event: DeliveryEvent): LogLine | undefined {
  const count = 'count' in event ? `${String(event.count)} points` : '';
  switch (event.kind) {
    case 'drop':
      return {
        level: 'warn',
        topic: `drop ${event.reason}`,
        text: `${count} of ${event.series || 'several series'} dropped: ${event.reason}`,
      };
    case 'deadLetter':
      return {
        level: 'warn',
        topic: 'deadLetter',
        text: `the database refuses ${count}${event.isKept ? ', kept as dead letters' : ''}: ${event.reason}`,
      };
    case 'retry':
      return event.needsOperator
        ? { level: 'error', topic: 'operator', text: `points wait until someone acts: ${event.reason}` }
        : { level: 'warn', topic: 'retry', text: `points wait for the database: ${event.reason}` };
    case 'overflow':
      return {
        level: 'warn',
        topic: `overflow ${event.tag}`,
        text: OVERFLOW_TEXTS[event.limit](event.tag, event.maxTagValues),
      };
    case 'recovered':
      return { level: 'info', topic: 'recovered', text: 'the database takes points again' };
    case 'spool': {
      const text = SPOOL_TEXTS[event.change];
      return text === undefined
        ? undefined
        : { level: 'warn', topic: `spool ${event.change}`, text: `${text}: ${event.reason}` };
    }
  }
}
