import { EventEmitter } from 'node:events';
import { LunaRequestInfluxMonitoring, currentMessage } from '@influx-monitoring/core';
import { markRecorded } from '@influx-monitoring/core/internal';
import { Redis } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { instrumentSubscriber } from '../../src/index.ts';
import { pointsOf } from '../support/messages.ts';

let monitoring: LunaRequestInfluxMonitoring;
beforeEach(() => {
  monitoring = new LunaRequestInfluxMonitoring({});
});
afterEach(async () => {
  await monitoring.stop();
});

type Emit = (this: unknown, ...args: unknown[]) => boolean;

/** How a client's `emit` may be another than Node's. */
const EMITS: readonly (readonly [string, (client: Redis, seen: unknown[]) => () => void])[] = [
  ["Node's own", () => () => undefined],
  [
    'one on the client',
    (client, seen) => {
      const emit = client.emit.bind(client) as Emit;
      client.emit = (...args: unknown[]) => {
        seen.push(args[0]);
        return emit(...args);
      };
      return () => undefined;
    },
  ],
  [
    'one on its prototype',
    (client, seen) => {
      const prototype = Object.getPrototypeOf(client) as { emit: Emit };
      const { emit } = prototype;
      prototype.emit = function (...args) {
        if (this === client) seen.push(args[0]);
        return Reflect.apply(emit, this, args);
      };
      return () => {
        prototype.emit = emit;
      };
    },
  ],
  [
    'one that puts its own in the place of listeners while it emits',
    (client, seen) => {
      const emit = client.emit.bind(client) as Emit;
      const { _events: events } = client as unknown as { _events: Record<string, Emit | Emit[] | undefined> };
      client.emit = (event: string, ...args: unknown[]) => {
        seen.push(event);
        const given = events[event];
        if (given !== undefined)
          events[event] = [given].flat().map(
            (each): Emit =>
              (...got) =>
                each.apply(client, got),
          );
        try {
          return emit(event, ...args);
        } finally {
          if (given !== undefined) events[event] = given;
        }
      };
      return () => undefined;
    },
  ],
];

/** Nobody asks for a listener's result; many give a promise all the same. */
function listenWith(client: Redis, listener: () => unknown): void {
  client.on('message', listener);
}

describe.each([
  ['ioredis 5', Redis5 as unknown as typeof Redis],
  ['ioredis 6', Redis],
])('%s', (_library, Client) => {
  describe.each(EMITS)('with the emit %s', (name, replaceEmit) => {
    function run(isInstrumented: boolean): unknown[] {
      const client = new Client({ lazyConnect: true });
      const seen: unknown[] = [];
      const restore = replaceEmit(client, seen);
      if (isInstrumented) instrumentSubscriber(client, { monitoring });
      const calls: unknown[] = [];
      const late = (): number => calls.push('late');
      client.once('message', (...args) => calls.push(['once', ...args]));
      client.on('message', function (this: unknown, ...args) {
        calls.push(['on', this === client, client.listenerCount('message'), ...args]);
        client.on('message', late);
      });
      client.on('messageBuffer', (...args) => calls.push(['buffer', ...args.map(String)]));
      try {
        for (const message of ['1', '2']) {
          calls.push(client.emit('message', 'a', message));
          calls.push(client.emit('messageBuffer', Buffer.from('a'), Buffer.from(message)));
        }
      } finally {
        restore();
      }
      calls.push(client.listeners('message').length, client.eventNames());
      return [seen, calls];
    }

    it('calls it for every event, and every listener as Node does', async () => {
      const bare = run(false);
      expect(run(true)).toEqual(bare);
      if (name !== "Node's own") expect(bare[0]).toHaveLength(4);
      expect(await pointsOf(monitoring, 'redis_message')).toHaveLength(2);
    });

    it('isolates each listener that throws or rejects, and records it', async () => {
      const client = new Client({ lazyConnect: true });
      const restore = replaceEmit(client, []);
      instrumentSubscriber(client, { monitoring, isolateListenerErrors: true });
      const ids: unknown[] = [];
      client.on('message', () => {
        throw new Error('thrown');
      });
      listenWith(client, () => Promise.reject(new Error('rejected')));
      client.on('message', () => ids.push(currentMessage()?.requestId));
      client.emit('message', 'a', '{"request_id":"r"}');
      client.emit('messageBuffer', Buffer.from('a'), Buffer.from('{"request_id":"r"}'));
      restore();
      await new Promise(setImmediate);
      expect(ids).toEqual(['r']);
      expect(await pointsOf(monitoring, 'subscription_error')).toHaveLength(2);
    });
  });
});

it('leaves captureRejections its rejections, once each', async () => {
  EventEmitter.captureRejections = true;
  const client = new Redis({ lazyConnect: true });
  EventEmitter.captureRejections = false;
  instrumentSubscriber(client, { monitoring });
  const captured: unknown[] = [];
  client.on('error', (error) => captured.push(error));
  const error = new Error('rejected');
  listenWith(client, () => Promise.reject(error));
  client.emit('message', 'a', '1');
  await new Promise(setImmediate);
  expect(captured).toEqual([error]);
  expect(await pointsOf(monitoring, 'subscription_error')).toHaveLength(1);
});

it('has no point for an error that has one: of a send that the listener awaited, or that its error names', async () => {
  const client = instrumentSubscriber(new Redis({ lazyConnect: true }), { monitoring, isolateListenerErrors: true });
  const ofSend = new Error('send');
  markRecorded(ofSend, monitoring);
  const failures = [ofSend, new Error('wrapped', { cause: ofSend }), new Error('of its own')];
  listenWith(client, () => Promise.reject(failures.shift() ?? ofSend));
  for (let index = 0; index < 3; index += 1) client.emit('message', 'a', '1');
  await new Promise(setImmediate);
  expect(await pointsOf(monitoring, 'subscription_error')).toHaveLength(1);
});
