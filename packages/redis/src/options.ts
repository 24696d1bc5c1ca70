import type { BaseMonitoring } from '@influx-monitoring/core';
import { checkOptions, rules, type OptionRules } from '@influx-monitoring/core/internal';

/** What makes the tag `chanel` of a channel. */
export type ChannelTag = 'full' | 'name' | ((channel: string) => string);

/** Options of `instrumentSubscriber`. */
export interface InstrumentSubscriberOptions {
  /**
   * What the tag `chanel` holds: `full` the whole channel, `name` what is before its first colon (`luna-sender` of
   * `luna-sender:{account_id}`), a function whatever it returns. Each different value is a series of its own in
   * InfluxDB: take `name` where channels carry ids without end.
   *
   * @defaultValue `full`
   */
  readonly channelTag?: ChannelTag | undefined;
  /**
   * How `currentMessage()` knows the message: `async` through AsyncLocalStorage, across every await; `explicit` only
   * while the listener itself runs, without AsyncLocalStorage and its price.
   *
   * @defaultValue `async`
   */
  readonly context?: 'async' | 'explicit' | undefined;
  /** The code of an error that carries none itself; `1` where this returns nothing. */
  readonly getErrorCode?: ((error: unknown) => number | string | undefined) | undefined;
  /**
   * When a message was published, in seconds since the epoch: `redis_message` then has the field `queue_time`, the seconds
   * from there to its arrival. It gets the payload as the listener does: a Buffer in buffer mode. Where this returns
   * nothing there is no such field; nor where it returns NaN, a time after the arrival or one more than a day before it,
   * which is counted.
   */
  readonly getPublishedAt?: ((message: string | Buffer, channel: string) => number | undefined) | undefined;
  /**
   * The request id of a message, instead of `request_id` or `requestId` of its JSON. It gets the payload as the
   * listener does: a Buffer in buffer mode. `none` where this returns nothing.
   */
  readonly getRequestId?: ((message: string | Buffer, channel: string) => number | string | undefined) | undefined;
  /**
   * Whether what the client's `duplicate()` returns is instrumented too, with the same options.
   *
   * @defaultValue true
   */
  readonly instrumentDuplicates?: boolean | undefined;
  /**
   * Whether a listener's error ends with its record, instead of being thrown on. It keeps the subscriptions alive on
   * the clients that do not survive a listener that throws; the application no longer hears of the error.
   *
   * @defaultValue false
   */
  readonly isolateListenerErrors?: boolean | undefined;
  /**
   * Whether `redis_message` has the field `listener_time`: seconds of the message's longest listener, what it awaited
   * included. The point is then recorded when the last listener is done, 60 seconds after its arrival at the latest.
   *
   * @defaultValue false
   */
  readonly listenerTime?: boolean | undefined;
  /**
   * Where the points go.
   *
   * @defaultValue `defaultMonitoring()`
   */
  readonly monitoring?: BaseMonitoring | undefined;
  /**
   * Whether an ioredis connection that closes without an error and unasked is a `subscription_error` with the code
   * `CONNECTION_CLOSED`.
   *
   * @defaultValue true
   */
  readonly recordCloses?: boolean | undefined;
  /**
   * After so many seconds without a message, and again after each so many more, a subscribed client is a
   * `subscription_error` with the code `SILENT`. Seconds, 0.1 to 86,400.
   *
   * @defaultValue undefined: silence is no error
   */
  readonly silenceAlarmSeconds?: number | undefined;
}

const OPTION_RULES: OptionRules<InstrumentSubscriberOptions> = {
  channelTag: {
    expected: '"full", "name" or a function',
    isValid: (value) => value === 'full' || value === 'name' || typeof value === 'function',
  },
  context: rules.oneOf('async', 'explicit'),
  getErrorCode: rules.function,
  getPublishedAt: rules.function,
  getRequestId: rules.function,
  instrumentDuplicates: rules.boolean,
  isolateListenerErrors: rules.boolean,
  listenerTime: rules.boolean,
  monitoring: rules.monitoring,
  recordCloses: rules.boolean,
  silenceAlarmSeconds: rules.number('seconds', 0.1, 86_400),
};

/** Checks the options of `instrumentSubscriber`; throws a `MonitoringError` that names what is wrong. */
export function checkSubscriberOptions(options: InstrumentSubscriberOptions): InstrumentSubscriberOptions {
  return checkOptions('instrumentSubscriber()', options, OPTION_RULES);
}

/** Options of `uninstrumentSubscriber`. */
export interface UninstrumentSubscriberOptions {
  /**
   * The monitoring whose points end; those of others go on.
   *
   * @defaultValue undefined: every monitoring
   */
  readonly monitoring?: BaseMonitoring | undefined;
}

/** Checks the options of `uninstrumentSubscriber`; throws a `MonitoringError` that names what is wrong. */
export function checkUninstrumentOptions(options: UninstrumentSubscriberOptions): UninstrumentSubscriberOptions {
  return checkOptions('uninstrumentSubscriber()', options, { monitoring: rules.monitoring });
}
