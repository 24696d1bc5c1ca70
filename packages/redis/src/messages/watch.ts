import type { BaseMonitoring, MessageContext } from '@influx-monitoring/core';
import { processWide } from '@influx-monitoring/core/internal';
import type { InstrumentSubscriberOptions } from '../options.ts';
import { ErrorRecorder } from './error-recorder.ts';
import { ListenerTimes } from './listener-times.ts';
import { MessageRecorder } from './message-recorder.ts';
import { SilenceAlarm } from './silence-alarm.ts';

/** An ioredis connection that closed unasked and without an error. */
const CONNECTION_CLOSED_CODE = 'CONNECTION_CLOSED';

/** Counted where `duplicate()` returned what cannot be instrumented. */
const DUPLICATE_NOT_INSTRUMENTED = 'redis_duplicate_not_instrumented';

/** Counted for each method that a client does not let be replaced. */
const METHOD_NOT_REPLACED = 'redis_method_not_replaced';

/** Methods whose refusal was said; each is said once a process. */
const saidMethods = processWide('redis.said-methods', 1, () => new Set<string>());

/** What a watch is made from. */
export interface WatchInit {
  readonly monitoring: BaseMonitoring;
  readonly options: InstrumentSubscriberOptions;
  /** Instruments a duplicate of the client for the same monitoring. */
  readonly instrument: (duplicate: unknown) => void;
  /** Whether the client is subscribed to anything; `undefined` where it does not tell. */
  readonly isSubscribed: () => boolean | undefined;
}

/** One monitoring's watch over one client: what makes its points. */
export class Watch {
  readonly monitoring: BaseMonitoring;
  readonly options: InstrumentSubscriberOptions;
  readonly errors: ErrorRecorder;
  /** Only where listeners are timed: then these record the message's point. */
  readonly times: ListenerTimes | undefined;
  /** Only where silence is an error. */
  readonly silence: SilenceAlarm | undefined;
  readonly #messages: MessageRecorder;
  readonly #instrument: (duplicate: unknown) => void;

  constructor({ monitoring, options, instrument, isSubscribed }: WatchInit) {
    this.monitoring = monitoring;
    this.options = options;
    this.errors = new ErrorRecorder(monitoring, options);
    this.#messages = new MessageRecorder(monitoring, options);
    this.#instrument = instrument;
    this.times = options.listenerTime === true ? new ListenerTimes(this.#messages) : undefined;
    const seconds = options.silenceAlarmSeconds;
    this.silence =
      seconds === undefined
        ? undefined
        : new SilenceAlarm({ errors: this.errors, isSubscribed, messages: this.#messages, seconds });
  }

  /**
   * Takes note of a message that arrives now, and records it unless its listeners are timed.
   *
   * @param shared - its context, where another monitoring gave it one
   * @returns the context that its listeners run in
   */
  arrive(message: unknown, channel: unknown, shared: MessageContext | undefined): MessageContext {
    const arrival = this.#messages.arrive(message, channel);
    const context = shared ?? arrival.context;
    if (this.times === undefined) this.#messages.record(arrival);
    else this.times.open(context, arrival);
    this.silence?.begin();
    return context;
  }

  connectionClosed(): void {
    if (this.options.recordCloses !== false) this.errors.recordLimited(CONNECTION_CLOSED_CODE);
  }

  duplicated(duplicate: unknown): void {
    if (this.options.instrumentDuplicates === false) return;
    try {
      this.#instrument(duplicate);
    } catch {
      this.monitoring.countEvent(DUPLICATE_NOT_INSTRUMENTED);
    }
  }

  methodRefused(name: string): void {
    this.monitoring.countEvent(METHOD_NOT_REPLACED);
    if (saidMethods.has(name)) return;
    saidMethods.add(name);
    process.emitWarning(`instrumentSubscriber(): ${name}() of a Redis client cannot be replaced, so less is recorded`, {
      code: 'ERR_NOT_INSTRUMENTABLE',
      type: 'MonitoringWarning',
    });
  }

  /** Ends the watch: what was not recorded yet is recorded. */
  end(): void {
    this.silence?.end();
    this.times?.flush();
    this.errors.flush();
  }
}
