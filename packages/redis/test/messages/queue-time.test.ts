import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { instrumentSubscriber, type InstrumentSubscriberOptions } from '../../src/index.ts';
import { pointsOf } from '../support/messages.ts';

let monitoring: LunaRequestInfluxMonitoring;
beforeEach(() => {
  monitoring = new LunaRequestInfluxMonitoring({});
});
afterEach(async () => {
  await monitoring.stop();
});

async function fieldsWith(options: InstrumentSubscriberOptions, payload: unknown = '{}'): Promise<unknown> {
  const client = instrumentSubscriber(new Redis({ lazyConnect: true }), { monitoring, ...options });
  client.emit('message', 'a', payload);
  client.emit('messageBuffer', Buffer.from('a'), Buffer.from(String(payload)));
  return (await pointsOf(monitoring, 'redis_message'))[0]?.fields;
}

describe('getPublishedAt', () => {
  it('gives the point the seconds from publishing to arrival', async () => {
    const at = Date.now() / 1000 - 2;
    const got: unknown[] = [];
    const getPublishedAt = (message: string | Buffer, channel: string): number => {
      got.push([message, channel]);
      return (JSON.parse(String(message)) as { at: number }).at;
    };
    const fields = (await fieldsWith({ getPublishedAt }, JSON.stringify({ at }))) as Record<string, number>;
    expect(fields['queue_time']).toBeGreaterThanOrEqual(2);
    expect(fields['queue_time']).toBeLessThan(10);
    expect(got).toEqual([[JSON.stringify({ at }), 'a']]);
  });

  it('has a field of 0 or more for what was published in this millisecond', async () => {
    const fields = (await fieldsWith({ getPublishedAt: () => Date.now() / 1000 + 0.0005 })) as Record<string, number>;
    expect(fields['queue_time']).toBeGreaterThanOrEqual(0);
  });

  it('has no field, and counts nothing, where it gives nothing', async () => {
    expect(await fieldsWith({ getPublishedAt: () => undefined })).toEqual({ request_id: 'none' });
    expect(monitoring.stats().counters).toEqual({});
  });

  it.each([
    ['NaN', () => Number.NaN],
    ['a time after the arrival', () => Date.now() / 1000 + 5],
    ['a time more than a day before', () => Date.now() / 1000 - 86_401],
    ['milliseconds', () => Date.now()],
    ['infinity', () => -Infinity],
    ['a text', () => '1' as never],
  ])('leaves %s out, and counts it', async (_title, getPublishedAt) => {
    expect(await fieldsWith({ getPublishedAt })).toEqual({ request_id: 'none' });
    expect(monitoring.stats().counters).toEqual({ redis_published_at_unusable: 1 });
  });
});

describe('a callback that fails', () => {
  const failures: readonly (readonly [string, () => never])[] = [
    [
      'throws',
      () => {
        throw new Error('callback');
      },
    ],
    ['rejects', () => Promise.reject(new Error('callback')) as never],
    ['gives a promise', () => Promise.resolve(1) as never],
  ];

  it.each(failures)('that %s costs what it was asked for, and is counted', async (_title, fail) => {
    const rejections: unknown[] = [];
    const note = (reason: unknown): number => rejections.push(reason);
    process.on('unhandledRejection', note);
    const options = { channelTag: fail, getErrorCode: fail, getPublishedAt: fail, getRequestId: fail };
    expect(await fieldsWith(options)).toEqual({ request_id: 'none' });
    const [point] = await pointsOf(monitoring, 'redis_message');
    expect(point?.tags['chanel']).toBe('none');
    const client = instrumentSubscriber(new Redis({ lazyConnect: true }), { monitoring, getErrorCode: fail });
    client.on('error', () => undefined);
    client.emit('error', new Error('of the connection'));
    const [error] = await pointsOf(monitoring, 'subscription_error');
    expect(error?.tags['error_code']).toBe('1');
    expect(monitoring.stats().counters).toEqual({ redis_option_threw: 4 });
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);
    expect(rejections).toEqual([]);
  });
});
