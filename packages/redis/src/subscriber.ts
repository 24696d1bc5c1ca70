import { MonitoringError, defaultMonitoring, type BaseMonitoring } from '@influx-monitoring/core';
import { forgetHookState, hookState } from '@influx-monitoring/core/internal';
import type { ClientLibrary, Instrumentation } from './clients/client-library.ts';
import { IOREDIS } from './ioredis/library.ts';
import { Dispatch } from './messages/dispatch.ts';
import { Watch } from './messages/watch.ts';
import { NODE_REDIS } from './node-redis/library.ts';
import {
  checkSubscriberOptions,
  checkUninstrumentOptions,
  type InstrumentSubscriberOptions,
  type UninstrumentSubscriberOptions,
} from './options.ts';

type AnyMethod = (...args: never[]) => unknown;

/** What every client has that can subscribe, of whichever library and version; a pool has not. */
export interface Subscriber {
  readonly on: AnyMethod;
  readonly subscribe: AnyMethod;
  readonly unsubscribe: AnyMethod;
}

/** node-redis first: nothing of ioredis has its names. */
const LIBRARIES: readonly ClientLibrary[] = [NODE_REDIS, IOREDIS];

/** What an instrumented client carries, whichever copy of this package instrumented it. */
const STATE_NAME = 'redis.subscriber';
const STATE_VERSION = 1;

interface SubscriberState {
  readonly dispatch: Dispatch;
  readonly instrumentation: Instrumentation;
}

/**
 * Makes a point of every message (`redis_message`) and every error (`subscription_error`) of a Redis subscriber, and
 * runs its listeners in the message's context, which `currentMessage()` and the wrapped sockets of
 * `@influx-monitoring/ws` read.
 *
 * It takes clients, clusters and sentinels of node-redis 4.6, 5 and 6, and `Redis` and `Cluster` of ioredis 5 and 6. For
 * its user the client stays as it was: the same listeners, return values and errors. Instrumenting twice for the same
 * monitoring does nothing more, but for putting back what somebody took away since; for a second monitoring the client is recorded in both. Where
 * monitoring is switched off, nothing is done at all.
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
  const monitoring = options.monitoring ?? defaultMonitoring();
  if (!monitoring.isEnabled) return client;
  const state = stateOf(target, library);
  const { dispatch, instrumentation } = state;
  if (!dispatch.watches.some((watch) => watch.monitoring === monitoring)) {
    dispatch.watches = [...dispatch.watches, createWatch(monitoring, options, instrumentation)];
  }
  if (!instrumentation.install()) {
    detach(target, state);
    throw notInstrumentable('a client whose methods cannot be replaced (is it frozen?)');
  }
  if (instrumentation.isSubscribed() === true) dispatch.subscribed();
  return client;
}

/**
 * Takes the instrumentation off again, without a trace: what was subscribed stays subscribed, with the functions that
 * the user gave. What was not recorded yet is recorded. A client that is not instrumented stays as it is.
 *
 * @param options - `monitoring`: only that one's points end, and the others' go on
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
export function uninstrumentSubscriber<Client extends Subscriber>(
  client: Client,
  options: UninstrumentSubscriberOptions = {},
): Client {
  checkUninstrumentOptions(options);
  const { target, library } = resolveClient('uninstrumentSubscriber()', client);
  if (!Object.isExtensible(target)) return client;
  const state = stateOf(target, library);
  const { dispatch } = state;
  const isEnding = ({ monitoring }: Watch): boolean => monitoring === (options.monitoring ?? monitoring);
  const ending = dispatch.watches.filter(isEnding);
  if (ending.length === dispatch.watches.length) detach(target, state);
  else dispatch.watches = dispatch.watches.filter((watch) => !isEnding(watch));
  for (const watch of ending) watch.end();
  return client;
}

/** The state of an instrumented client; that of another is new. */
function stateOf(target: object, library: ClientLibrary): SubscriberState {
  if (!Object.isExtensible(target))
    throw notInstrumentable('a client whose methods cannot be replaced (is it frozen?)');
  return hookState(target, STATE_NAME, STATE_VERSION, () => {
    const dispatch = new Dispatch();
    return { dispatch, instrumentation: library.prepare(target, dispatch) };
  });
}

/** Puts everything back as it was. */
function detach(target: object, { dispatch, instrumentation }: SubscriberState): void {
  instrumentation.uninstall();
  dispatch.watches = [];
  forgetHookState(target, STATE_NAME, STATE_VERSION);
}

function createWatch(
  monitoring: BaseMonitoring,
  options: InstrumentSubscriberOptions,
  instrumentation: Instrumentation,
): Watch {
  return new Watch({
    monitoring,
    options,
    instrument: (duplicate) => {
      // Whatever it is: what is no client is told by an error.
      instrumentSubscriber(duplicate as Subscriber, { ...options, monitoring });
    },
    isSubscribed: () => instrumentation.isSubscribed(),
  });
}

function resolveClient(owner: string, client: unknown): { target: object; library: ClientLibrary } {
  const target = targetOf(client);
  const library = target === undefined ? undefined : LIBRARIES.find(({ isClient }) => isClient(target));
  if (target !== undefined && library !== undefined) return { target, library };
  throw notInstrumentable(describe(client), owner);
}

function notInstrumentable(got: string, owner = 'instrumentSubscriber()'): MonitoringError {
  return new MonitoringError(
    'ERR_NOT_INSTRUMENTABLE',
    `${owner}: expected a client, cluster or sentinel of node-redis 4.6 to 6, or a Redis or Cluster of ioredis 5 or 6, got ${got}`,
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
