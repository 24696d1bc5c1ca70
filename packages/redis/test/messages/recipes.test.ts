import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { Redis } from 'ioredis';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instrumentSubscriber, type InstrumentSubscriberOptions } from '../../src/index.ts';
import { pointsOf } from '../support/messages.ts';

type GetRequestId = NonNullable<InstrumentSubscriberOptions['getRequestId']>;
type Recipes = Readonly<Record<'ofCloudEvent' | 'ofNestEnvelope' | 'ofSocketIoPacket', GetRequestId>>;

const README = fileURLToPath(new URL('../../README.md', import.meta.url));
/** Where what the recipes import is found, and where nobody commits. */
const MODULES = fileURLToPath(new URL('../../../../node_modules/', import.meta.url));

let folder: string;
let recipes: Recipes;
let encode: (value: unknown) => Buffer;

beforeAll(async () => {
  const [, code = ''] =
    /^## Request ids of other formats\n[\s\S]*?^```ts\n([\s\S]*?)^```/m.exec(readFileSync(README, 'utf8')) ?? [];
  mkdirSync(join(MODULES, '.cache'), { recursive: true });
  folder = mkdtempSync(join(MODULES, '.cache', 'recipes-'));
  const path = join(folder, 'recipes.mjs');
  writeFileSync(path, ts.transpile(code, { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }));
  // What the README's snippet exports; that it has these types is compiled by test/docs.
  recipes = (await import(pathToFileURL(path).href)) as Recipes;
  ({ encode } = createRequire(import.meta.url)('notepack.io') as { encode: typeof encode });
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("the README's getRequestId", () => {
  it.each<[string, unknown, unknown]>([
    ['a request', { pattern: { cmd: 'sum' }, data: { request_id: 'r1' }, id: 'n1' }, 'r1'],
    ['a request without one', { pattern: 'sum', data: [1, 2], id: 'n1' }, 'n1'],
    ['an event', { pattern: 'user_created', data: { request_id: 'r1' } }, 'r1'],
    ['an event of a text', { pattern: 'user_created', data: 'text' }, undefined],
    ['an event of nothing', { pattern: 'tick', data: null }, undefined],
    ['an answer', { response: 3, isDisposed: true, id: 'n1' }, 'n1'],
  ])("finds that of NestJS's envelope: %s", (_what, message, id) => {
    const text = JSON.stringify(message);
    expect([text, Buffer.from(text)].map((each) => recipes.ofNestEnvelope(each, 'sum'))).toEqual([id, id]);
  });

  it.each<[string, unknown, unknown]>([
    ['an event of ours', { specversion: '1.0', id: 'e1', data: { request_id: 'r1' } }, 'r1'],
    [
      'an event that is traced',
      { specversion: '1.0', id: 'e1', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
      '0af7651916cd43dd8448eb211c80319c',
    ],
    ['any other event', { specversion: '1.0', id: 'e1', data: 'text' }, 'e1'],
    ['an event of base64', { specversion: '1.0', id: 'e1', data_base64: 'AA==' }, 'e1'],
  ])('finds that of CloudEvents: %s', (_what, message, id) => {
    const text = JSON.stringify(message);
    expect([text, Buffer.from(text)].map((each) => recipes.ofCloudEvent(each, 'events'))).toEqual([id, id]);
  });

  it.each<[string, readonly unknown[], unknown]>([
    ['an event with one', ['chat', { request_id: 'r1', text: 'x' }], 'r1'],
    ['in a later argument', ['chat', 'room', null, { request_id: 'r1' }], 'r1'],
    ['an event without', ['chat', 'text'], undefined],
  ])("finds that of Socket.IO's adapter: %s", (_what, data, id) => {
    const packet = { type: 2, data, nsp: '/' };
    const message = encode(['uid', packet, { rooms: ['a'], except: [], flags: {} }]);
    expect(recipes.ofSocketIoPacket(message, 'socket.io#/#a#')).toBe(id);
  });

  it("passes over the texts of Socket.IO's adapter, which are no packets", () => {
    expect(recipes.ofSocketIoPacket('{"requestId":"x"}', 'socket.io-request#/#')).toBeUndefined();
  });

  it.each(['ofNestEnvelope', 'ofCloudEvent', 'ofSocketIoPacket'] as const)(
    'costs a message that is another one no more than its id: %s',
    async (name) => {
      const monitoring = new LunaRequestInfluxMonitoring({});
      const getRequestId = recipes[name];
      const client = instrumentSubscriber(new Redis({ lazyConnect: true }), { getRequestId, monitoring });
      client.emit('messageBuffer', Buffer.from('a'), Buffer.from([0xc1, 0x00]));
      expect((await pointsOf(monitoring, 'redis_message')).map(({ fields }) => fields)).toEqual([
        { request_id: 'none' },
      ]);
      await monitoring.stop();
    },
  );
});
