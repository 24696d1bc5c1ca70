import { MonitoringError, defaultMonitoring, type BaseLunaMonitoring } from '@influx-monitoring/core';
import { ErrorRecorder } from './error-recorder.ts';
import type { ClientLibrary, Instrumentation } from './instrumentation.ts';
import { IOREDIS } from './ioredis.ts';
import { ListenerRunner } from './listener-runner.ts';
import { ListenerTimes } from './listener-times.ts';
import { MessageRecorder } from './message-recorder.ts';
import { NODE_REDIS } from './node-redis.ts';
import { checkSubscriberOptions, type InstrumentSubscriberOptions } from './options.ts';
import { SilenceAlarm } from './silence-alarm.ts';

type AnyMethod = (...args: never[]) => unknown;

/** What every client has that can subscribe, of whichever library and version; a pool has not. */
export interface Subscriber {
  readonly on: AnyMethod;
  readonly subscribe: AnyMethod;
  readonly unsubscribe: AnyMethod;
}

/** node-redis first: nothing of ioredis has its names. */
const LIBRARIES: readonly ClientLibrary[] = [NODE_REDIS, IOREDIS];

/** Under it an instrumented client carries its instrumentation, whichever copy of this package made it. */
const INSTRUMENTATION = Symbol.for('influx-monitoring.redis-subscriber');

/** Counted where `duplicate()` returned what cannot be instrumented. */
const DUPLICATE_NOT_INSTRUMENTED = 'redis_duplicate_not_instrumented';

/**
 * Makes a point of every message (`redis_message`) and every error (`subscription_error`) of a Redis subscriber, and
 * runs its listeners in the message's context, which `currentMessage()` and the wrapped sockets of
 * `@influx-monitoring/ws` read.
 *
 * It takes clients, clusters and sentinels of node-redis 4.6, 5 and 6, and `Redis` and `Cluster` of ioredis 5 and 6. For
 * its user the client stays as it was: the same listeners, return values and errors. Instrumenting twice does nothing
 * more; where monitoring is switched off, nothing is done at all.
 *
 * @param client - a client that subscribes, connected or not, subscribed or not
 * @returns the same client
 * @throws MonitoringError `ERR_NOT_INSTRUMENTABLE` for a pool, or anything else that is no such client;
 * `ERR_OPTION_UNKNOWN` or `ERR_OPTION_TYPE` for wrong options
 *
 * @example
 * ```ts
 * import { instrumentSubscriber } from '@influx-monitoring/redis';
 * import { createClient } from 'redis';
 *
 * const subscriber = instrumentSubscriber(createClient());
 * await subscriber.connect();
 * await subscriber.subscribe('luna-sender:1', (message) => {
 *   console.log(message);
 * });
 * ```
 */
export function instrumentSubscriber<Client extends Subscriber>(
  client: Client,
  options: InstrumentSubscriberOptions = {},
): Client {
  checkSubscriberOptions(options);
  const { target, library } = resolveClient('instrumentSubscriber()', client);
  if (instrumentationOf(target) !== undefined) return client;
  const monitoring = options.monitoring ?? defaultMonitoring();
  if (monitoring.isEnabled) attach(target, instrument(target, library, monitoring, options));
  return client;
}

/**
 * Takes the instrumentation off again, without a trace: what was subscribed stays subscribed, with the functions that
 * the user gave. What was not recorded yet is recorded. A client that is not instrumented stays as it is.
 *
 * @returns the same client
 * @throws MonitoringError `ERR_NOT_INSTRUMENTABLE` for what is no client
 *
 * @example
 * ```ts
 * import { instrumentSubscriber, uninstrumentSubscriber } from '@influx-monitoring/redis';
 * import { Redis } from 'ioredis';
 *
 * const subscriber = instrumentSubscriber(new Redis({ lazyConnect: true }));
 * uninstrumentSubscriber(subscriber);
 * ```
 */
export function uninstrumentSubscriber<Client extends Subscriber>(client: Client): Client {
  const { target } = resolveClient('uninstrumentSubscriber()', client);
  instrumentationOf(target)?.uninstall();
  Reflect.deleteProperty(target, INSTRUMENTATION);
  return client;
}

function instrument(
  target: object,
  library: ClientLibrary,
  monitoring: BaseLunaMonitoring,
  options: InstrumentSubscriberOptions,
): Instrumentation {
  const errors = new ErrorRecorder(monitoring, options);
  const messages = new MessageRecorder(monitoring, options);
  const times = options.listenerTime === true ? new ListenerTimes(messages) : undefined;
  const isSubscribed = (): boolean | undefined => library.isSubscribed(target);
  const seconds = options.silenceAlarmSeconds;
  const silence = seconds === undefined ? undefined : new SilenceAlarm({ errors, isSubscribed, messages, seconds });
  const instrumentation = library.instrument(target, {
    errors,
    instrumentDuplicate: duplicateInstrumenter(monitoring, options),
    options,
    runner: new ListenerRunner({ errors, messages, options, times }),
    silence,
  });
  if (isSubscribed() === true) silence?.begin();
  return {
    uninstall: () => {
      instrumentation.uninstall();
      silence?.end();
      times?.flush();
      errors.flush();
    },
  };
}

function attach(target: object, instrumentation: Instrumentation): void {
  Object.defineProperty(target, INSTRUMENTATION, { configurable: true, value: instrumentation });
}

function duplicateInstrumenter(
  monitoring: BaseLunaMonitoring,
  options: InstrumentSubscriberOptions,
): ((duplicate: unknown) => void) | undefined {
  if (options.instrumentDuplicates === false) return undefined;
  return (duplicate) => {
    try {
      // Whatever it is: what is no client is told by an error.
      instrumentSubscriber(duplicate as Subscriber, { ...options, monitoring });
    } catch {
      monitoring.countEvent(DUPLICATE_NOT_INSTRUMENTED);
    }
  };
}

function resolveClient(owner: string, client: unknown): { target: object; library: ClientLibrary } {
  const target = targetOf(client);
  const library = target === undefined ? undefined : LIBRARIES.find(({ isClient }) => isClient(target));
  if (target !== undefined && library !== undefined) return { target, library };
  throw new MonitoringError(
    'ERR_NOT_INSTRUMENTABLE',
    `${owner}: expected a client, cluster or sentinel of node-redis 4.6 to 6, or a Redis or Cluster of ioredis 5 or 6, got ${describe(client)}`,
  );
}

/** node-redis 5 and 6 hand out objects that inherit from the real client, which is what works and what is patched. */
function targetOf(client: unknown): object | undefined {
  if (typeof client !== 'object' || client === null) return undefined;
  const self: unknown = Reflect.get(client, '_self');
  return typeof self === 'object' && self !== null ? self : client;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  if ('totalClients' in value) return 'a pool, which cannot subscribe: give a client of its own';
  return Array.isArray(value) ? 'an array' : 'an object without their methods';
}

function instrumentationOf(target: object): Instrumentation | undefined {
  // Only `attach` writes under this symbol, of this copy of the package or another.
  return Reflect.get(target, INSTRUMENTATION) as Instrumentation | undefined;
}
