import { MonitoringError, defaultMonitoring } from '@influx-monitoring/core';
import { ErrorRecorder } from './error-recorder.ts';
import type { Instrumentation } from './instrumentation.ts';
import { ListenerRunner } from './listener-runner.ts';
import { ListenerTimes } from './listener-times.ts';
import { MessageRecorder } from './message-recorder.ts';
import { instrumentNodeRedis, isNodeRedis } from './node-redis.ts';
import { checkSubscriberOptions, type InstrumentSubscriberOptions } from './options.ts';

type AnyMethod = (...args: never[]) => unknown;

/** What every client has that can subscribe, of whichever library and version; a pool has not. */
export interface Subscriber {
  readonly on: AnyMethod;
  readonly subscribe: AnyMethod;
  readonly unsubscribe: AnyMethod;
}

/** Under it an instrumented client carries its instrumentation, whichever copy of this package made it. */
const INSTRUMENTATION = Symbol.for('influx-monitoring.redis-subscriber');

export function instrumentSubscriber<Client extends Subscriber>(
  client: Client,
  options: InstrumentSubscriberOptions = {},
): Client {
  checkSubscriberOptions(options);
  const target = targetOf(client);
  if (instrumentationOf(target) !== undefined) return client;
  const monitoring = options.monitoring ?? defaultMonitoring();
  if (!monitoring.isEnabled) return client;
  const errors = new ErrorRecorder(monitoring, options);
  const messages = new MessageRecorder(monitoring, options);
  const times = options.listenerTime === true ? new ListenerTimes(messages) : undefined;
  const runner = new ListenerRunner({ errors, messages, options, times });
  const init = { errors, instrumentDuplicate: undefined, options, runner, silence: undefined };
  Object.defineProperty(target, INSTRUMENTATION, { configurable: true, value: instrumentNodeRedis(target, init) });
  return client;
}

export function uninstrumentSubscriber<Client extends Subscriber>(client: Client): Client {
  const target = targetOf(client);
  instrumentationOf(target)?.uninstall();
  Reflect.deleteProperty(target, INSTRUMENTATION);
  return client;
}

function targetOf(client: unknown): object {
  if (typeof client === 'object' && client !== null) {
    // node-redis 5 and 6 hand out an object that inherits from the real client, and works itself with the real one.
    const self: unknown = Reflect.get(client, '_self');
    const target = typeof self === 'object' && self !== null ? self : client;
    if (isNodeRedis(target)) return target;
  }
  throw new MonitoringError('ERR_NOT_INSTRUMENTABLE', 'instrumentSubscriber(): expected a client');
}

function instrumentationOf(target: object): Instrumentation | undefined {
  return Reflect.get(target, INSTRUMENTATION) as Instrumentation | undefined;
}
