import { once, type EventEmitter } from 'node:events';
import { Redis as Redis5 } from 'ioredis-5';
import { Redis as Redis6 } from 'ioredis';
import { createClient as createClient4 } from 'redis-4';
import { createClient as createClient5 } from 'redis-5';
import { createClient as createClient6 } from 'redis';
import {
  instrumentSubscriber,
  uninstrumentSubscriber,
  type InstrumentSubscriberOptions,
  type Subscriber,
} from '../../src/index.ts';

export type Kind = 'channel' | 'pattern' | 'shard';

/** What a test's listener gets, in the order of node-redis whatever the client. */
export type TestListener = (message: string | Buffer, channel: string | Buffer) => unknown;

export interface SubscriptionInit {
  readonly kind?: Kind;
  readonly keys: string | string[];
  readonly listener: TestListener;
  readonly isBuffer?: boolean;
}

/** One interface for all the clients that are tested. */
export interface TestClient {
  /** What the user holds. */
  readonly client: AnyClient;
  /** What the library itself works with: the same, or what that inherits from. */
  readonly target: object;
  connect(): Promise<void>;
  /** Subscribes and has a listener called; of ioredis that is two calls. */
  subscribe(init: SubscriptionInit): Promise<void>;
  /** Has one listener called no more, and unsubscribes where it was the last. */
  unsubscribe(init: SubscriptionInit): Promise<void>;
  /** Subscribes alone, as the user calls it. */
  bareSubscribe(channel: string, listener: TestListener): Promise<unknown>;
  close(): Promise<void>;
}

type AnyClient = EventEmitter & Subscriber & { connect(): Promise<unknown> };

export interface Variant {
  readonly name: string;
  readonly library: 'node-redis' | 'ioredis';
  readonly create: (url: string) => TestClient;
}

const NODE_REDIS_METHODS = {
  channel: ['subscribe', 'UNSUBSCRIBE'],
  pattern: ['PSUBSCRIBE', 'pUnsubscribe'],
  shard: ['sSubscribe', 'SUNSUBSCRIBE'],
} as const;

function call(target: object, name: string, args: readonly unknown[]): Promise<unknown> {
  // The clients' types differ in what they overload; the tests give only what all of them take.
  const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
  return Reflect.apply(method, target, args);
}

export function nodeRedis(client: AnyClient, closeMethod: string): TestClient {
  const self: unknown = Reflect.get(client, '_self');
  return {
    client,
    target: typeof self === 'object' && self !== null ? self : client,
    connect: async () => {
      await client.connect();
    },
    subscribe: async ({ kind = 'channel', keys, listener, isBuffer }) => {
      await call(client, NODE_REDIS_METHODS[kind][0], [keys, listener, ...(isBuffer === undefined ? [] : [isBuffer])]);
    },
    unsubscribe: async ({ kind = 'channel', keys, listener, isBuffer }) => {
      await call(client, NODE_REDIS_METHODS[kind][1], [keys, listener, ...(isBuffer === undefined ? [] : [isBuffer])]);
    },
    bareSubscribe: (channel, listener) => call(client, 'subscribe', [channel, listener]),
    close: async () => {
      await call(client, closeMethod, []);
    },
  };
}

const IOREDIS_METHODS = {
  channel: ['subscribe', 'unsubscribe', 'message'],
  pattern: ['psubscribe', 'punsubscribe', 'pmessage'],
  shard: ['ssubscribe', 'sunsubscribe', 'smessage'],
} as const;

export function ioredis(client: AnyClient): TestClient {
  const adapted = new Map<TestListener, (...args: (string | Buffer | undefined)[]) => unknown>();
  const adapt = (listener: TestListener): ((...args: (string | Buffer | undefined)[]) => unknown) => {
    const known = adapted.get(listener);
    if (known !== undefined) return known;
    // An ioredis cluster with sharded subscribers adds an argument, undefined.
    const listening = (...args: (string | Buffer | undefined)[]): unknown => {
      const [message = '', channel = ''] = args.filter((each) => each !== undefined).reverse();
      return listener(message, channel);
    };
    adapted.set(listener, listening);
    return listening;
  };
  const eventOf = (kind: Kind, isBuffer = false): string => IOREDIS_METHODS[kind][2] + (isBuffer ? 'Buffer' : '');
  return {
    client,
    target: client,
    connect: async () => {
      await client.connect();
    },
    subscribe: async ({ kind = 'channel', keys, listener, isBuffer }) => {
      client.on(eventOf(kind, isBuffer), adapt(listener));
      await call(client, IOREDIS_METHODS[kind][0], [keys].flat());
    },
    unsubscribe: async ({ kind = 'channel', keys, listener, isBuffer }) => {
      client.off(eventOf(kind, isBuffer), adapt(listener));
      const event = eventOf(kind);
      if (client.listenerCount(event) + client.listenerCount(`${event}Buffer`) > 0) return;
      await call(client, IOREDIS_METHODS[kind][1], [keys].flat());
    },
    bareSubscribe: (channel, listener) => {
      client.on('message', adapt(listener));
      return call(client, 'subscribe', [channel]);
    },
    close: async () => {
      const ended = once(client, 'end');
      await call(client, 'disconnect', []);
      await ended;
    },
  };
}

/** Every major version, and both protocols where one has two. */
export const VARIANTS: readonly Variant[] = [
  {
    name: 'node-redis 4',
    library: 'node-redis',
    create: (url) => nodeRedis(createClient4({ url }), 'disconnect'),
  },
  {
    name: 'node-redis 5',
    library: 'node-redis',
    create: (url) => nodeRedis(createClient5({ url }), 'destroy'),
  },
  {
    name: 'node-redis 5, RESP 3',
    library: 'node-redis',
    create: (url) => nodeRedis(createClient5({ url, RESP: 3 }), 'destroy'),
  },
  {
    name: 'node-redis 6',
    library: 'node-redis',
    create: (url) => nodeRedis(createClient6({ url }), 'destroy'),
  },
  {
    name: 'node-redis 6, RESP 2',
    library: 'node-redis',
    create: (url) => nodeRedis(createClient6({ url, RESP: 2 }), 'destroy'),
  },
  {
    name: 'ioredis 5',
    library: 'ioredis',
    create: (url) => ioredis(new Redis5(url, { lazyConnect: true })),
  },
  {
    name: 'ioredis 6',
    library: 'ioredis',
    create: (url) => ioredis(new Redis6(url, { lazyConnect: true })),
  },
];

/** How a test has its clients: as they come, or instrumented. */
export type Treatment = (client: TestClient) => void;

export function instrumented(options: InstrumentSubscriberOptions): Treatment {
  return ({ client }) => {
    instrumentSubscriber(client, options);
  };
}

export const untreated: Treatment = () => undefined;

export function uninstrument({ client }: TestClient): void {
  uninstrumentSubscriber(client);
}
