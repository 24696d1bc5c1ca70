/**
 * Random sequences of subscribing, unsubscribing, publishing, instrumenting and uninstrumenting, by methods that were
 * taken from the client before anything and by its present ones: an instrumented client has to deliver what its bare twin
 * delivers, and each message that the twin receives is a point where the other is instrumented at that time.
 *
 * A few seconds; `REDIS_FUZZ_SECONDS=600` goes on for longer, `REDIS_FUZZ_SEED=7` begins elsewhere. A failure has its seed.
 */
import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { startRedis, type RedisServer } from '@influx-monitoring/test-servers';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VARIANTS, instrumented, uninstrument, type Kind, type TestClient, type Variant } from './support/clients.ts';
import { Journal } from './support/messages.ts';

const SECONDS = Number(process.env['REDIS_FUZZ_SECONDS'] ?? VARIANTS.length);
const FIRST_SEED = Number(process.env['REDIS_FUZZ_SEED'] ?? 1);
const STEPS = 30;
const FENCE = 'fence';

type Random = (below: number) => number;

/** Numbers that are the same for the same seed (mulberry32). */
function randomOf(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Action = 'subscribe' | 'unsubscribe' | 'unsubscribe keys' | 'publish' | 'switch';

/** What happens to both clients. */
interface Step {
  readonly action: Action;
  readonly kind: Kind;
  readonly keys: readonly string[];
  readonly listener: number;
  readonly isBuffer: boolean;
  /** Whether the method is one that was taken from the client before anything happened to it. */
  readonly isTakenBefore: boolean;
  readonly isUpperCase: boolean;
}

const CHANNELS = ['ab', 'b', 'ac'];
const PATTERNS = ['a*', '*b', 'ab'];
const ACTIONS: readonly Action[] = [
  ...Array<Action>(5).fill('subscribe'),
  ...Array<Action>(4).fill('unsubscribe'),
  ...Array<Action>(5).fill('publish'),
  ...Array<Action>(3).fill('switch'),
  'unsubscribe keys',
];
const KINDS: readonly Kind[] = ['channel', 'channel', 'pattern', 'pattern', 'shard'];

function stepOf(random: Random): Step {
  const kind = KINDS[random(KINDS.length)] ?? 'channel';
  const names = { channel: CHANNELS, pattern: PATTERNS, shard: ['s'] }[kind];
  const keys = names.filter(() => random(2) === 0);
  return {
    action: ACTIONS[random(ACTIONS.length)] ?? 'publish',
    kind,
    keys: keys.length === 0 ? names.slice(0, 1) : keys,
    listener: random(3),
    isBuffer: random(3) === 0,
    isTakenBefore: random(2) === 0,
    isUpperCase: random(3) === 0,
  };
}

type Method = (...args: unknown[]) => Promise<unknown>;

/** What a kind's methods are called: of ioredis with the event, of node-redis in both spellings. */
const METHODS = {
  'node-redis': {
    channel: ['subscribe', 'unsubscribe'],
    pattern: ['pSubscribe', 'pUnsubscribe'],
    shard: ['sSubscribe', 'sUnsubscribe'],
  },
  ioredis: {
    channel: ['subscribe', 'unsubscribe'],
    pattern: ['psubscribe', 'punsubscribe'],
    shard: ['ssubscribe', 'sunsubscribe'],
  },
} as const;
const EVENTS = { channel: 'message', pattern: 'pmessage', shard: 'smessage' } as const;

/** A client, with its methods as they were before anything happened to it. */
class Player {
  readonly deliveries: string[] = [];
  readonly #fences = new Journal<unknown>();
  readonly #client: TestClient;
  readonly #library: Variant['library'];
  readonly #before = new Map<string, Method>();
  readonly #listeners = [0, 1, 2].map((index) => (...args: unknown[]): void => {
    this.deliveries.push([index, ...args.map((arg) => `${typeof arg} ${String(arg)}`)].join(', '));
  });
  /** How many messages the client received; of a bare one. */
  received = 0;

  constructor(variant: Variant, client: TestClient) {
    this.#client = client;
    this.#library = variant.library;
    const names: readonly string[] = Object.values(METHODS[variant.library]).flat();
    for (const name of names) {
      for (const spelling of [name, name.toUpperCase()]) {
        const method: unknown = Reflect.get(client.client, spelling);
        if (typeof method === 'function') this.#before.set(spelling, (method as Method).bind(client.client));
      }
    }
  }

  async begin(): Promise<void> {
    if (this.#library === 'ioredis') {
      this.#client.client.on('message', (channel: string) => {
        if (channel === FENCE) this.#fences.note(channel);
      });
      await this.#call('subscribe', false, [FENCE]);
    } else {
      await this.#call('subscribe', false, [FENCE, this.#fences.note]);
    }
  }

  /** Resolves when so many fences came: then all that was published before the last was delivered. */
  async reached(fences: number): Promise<void> {
    await this.#fences.reached(fences);
  }

  async play(step: Step): Promise<void> {
    await (this.#library === 'ioredis' ? this.#playIoredis(step) : this.#playNodeRedis(step));
  }

  async #playNodeRedis({ action, kind, keys, listener, isBuffer, isTakenBefore, isUpperCase }: Step): Promise<void> {
    const [subscribe, unsubscribe] = METHODS['node-redis'][kind];
    const name = action === 'subscribe' ? subscribe : unsubscribe;
    const argumentCount = action === 'unsubscribe keys' ? 1 : 3;
    await this.#call(
      isUpperCase ? name.toUpperCase() : name,
      isTakenBefore,
      [[...keys], this.#listeners[listener], isBuffer].slice(0, argumentCount),
    );
  }

  async #playIoredis({ action, kind, keys, listener, isBuffer, isTakenBefore, isUpperCase }: Step): Promise<void> {
    const [subscribe, unsubscribe] = METHODS.ioredis[kind];
    const event = EVENTS[kind] + (isBuffer ? 'Buffer' : '');
    const { client } = this.#client;
    const own = this.#listeners[listener] ?? (() => undefined);
    if (action === 'subscribe') {
      if (isUpperCase) client.prependOnceListener(event, own);
      else client.on(event, own);
      await this.#call(subscribe, isTakenBefore, [...keys]);
    } else if (action === 'unsubscribe') {
      client.off(event, own);
    } else if (kind !== 'shard') {
      // (ioredis 5 takes itself for subscribed to nothing once the last shard's channel is left, and delivers no more.)
      await this.#call(unsubscribe, isTakenBefore, [...keys]);
    }
  }

  async #call(name: string, isTakenBefore: boolean, args: readonly unknown[]): Promise<void> {
    const { client } = this.#client;
    const method = isTakenBefore ? this.#before.get(name) : (Reflect.get(client, name) as Method | undefined);
    await method?.apply(client, [...args]);
  }

  /** Counts each message that a bare client of ioredis receives: it emits one event of Buffers for each. */
  countEvents(): void {
    if (this.#library !== 'ioredis') return;
    const { client } = this.#client;
    const emit = client.emit.bind(client);
    client.emit = (event: string, ...args: unknown[]) => {
      if (event.endsWith('messageBuffer')) this.received += 1;
      return emit(event, ...args);
    };
  }

  /** Counts the keys by which a bare client of node-redis is about to receive a message: it tells what it has. */
  countKeys(channel: string, kind: Kind): void {
    if (this.#library !== 'node-redis') return;
    const { client } = this.#client;
    const mapOf = Reflect.get(client, 'getPubSubListeners') as (kind: string) => Map<string, ListenerSets>;
    const isReached = ([key, { buffers, strings }]: [string, ListenerSets]): boolean =>
      new RegExp(`^${key.replaceAll('*', '.*')}$`).test(channel) && buffers.size + strings.size > 0;
    for (const each of kind === 'shard' ? ['SHARDED'] : ['CHANNELS', 'PATTERNS']) {
      this.received += [...mapOf.call(client, each)].filter(isReached).length;
    }
  }
}

interface ListenerSets {
  readonly buffers: ReadonlySet<unknown>;
  readonly strings: ReadonlySet<unknown>;
}

let server: RedisServer;
let publisher: ReturnType<typeof createClient>;
beforeAll(async () => {
  server = await startRedis();
  publisher = createClient({ url: server.url });
  await publisher.connect();
});
afterAll(async () => {
  publisher.destroy();
  await server.stop();
});

/** Publishes some messages and the fence, all in one packet. */
async function publish(bare: Player, { kind, keys }: Step, count: number): Promise<void> {
  const channel = { channel: keys[0] ?? '', pattern: 'ab', shard: 's' }[kind];
  const multi = publisher.multi();
  for (let index = 0; index < count; index += 1) {
    bare.countKeys(channel, kind);
    if (kind === 'shard') multi.sPublish(channel, 'same');
    else multi.publish(channel, index % 2 === 0 ? 'same' : '{"request_id":"r"}');
  }
  bare.countKeys(FENCE, 'channel');
  await multi.publish(FENCE, '').exec();
}

/** Plays one sequence with an instrumented client and its bare twin. */
async function playSequence(variant: Variant, seed: number): Promise<void> {
  const random = randomOf(seed);
  const monitoring = new LunaRequestInfluxMonitoring({});
  const clients = [variant.create(server.url), variant.create(server.url)] as const;
  for (const client of clients) await client.connect();
  const [bare, watched] = clients.map((client) => new Player(variant, client)) as [Player, Player];
  bare.countEvents();
  for (const player of [bare, watched]) await player.begin();
  let isOn = false;
  let fences = 0;
  let expected = 0;
  for (let index = 0; index < STEPS; index += 1) {
    const step = stepOf(random);
    if (step.action === 'switch') {
      if (isOn) uninstrument(clients[1]);
      else instrumented({ monitoring, listenerTime: step.isBuffer })(clients[1]);
      isOn = !isOn;
    } else if (step.action === 'publish') {
      const before = bare.received;
      await publish(bare, step, 1 + random(3));
      fences += 1;
      for (const player of [bare, watched]) await player.reached(fences);
      if (isOn) expected += bare.received - before;
    } else {
      for (const player of [bare, watched]) await player.play(step);
    }
  }
  if (isOn) uninstrument(clients[1]);
  for (const client of clients) await client.close();
  await monitoring.stop();
  const name = `seed ${String(seed)}`;
  expect({ name, deliveries: watched.deliveries }).toEqual({ name, deliveries: bare.deliveries });
  expect({ name, points: monitoring.stats().recorded }).toEqual({ name, points: expected });
}

describe.each(VARIANTS)('$name, subscribed and unsubscribed at random', (variant) => {
  it('delivers as a bare client does, and each message is a point', { timeout: (SECONDS + 60) * 1000 }, async () => {
    const endMs = performance.now() + (SECONDS / VARIANTS.length) * 1000;
    let seed = FIRST_SEED;
    // Ten at the least, however slow the machine.
    for (; seed < FIRST_SEED + 10 || performance.now() < endMs; seed += 1) await playSequence(variant, seed);
    expect(seed).toBeGreaterThan(FIRST_SEED);
  });
});
