import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createConnection, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { decodeLine, LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { PointFeed } from '../../src/streams/point-feed.ts';
import { PointReader } from '../../src/streams/point-reader.ts';
import { readLineWish, type LineWish } from '../../src/streams/line-wish.ts';
import { StoreSource } from '../../src/store/store-source.ts';
import { requestPoint, serve } from '../support/points.ts';

const MIB = 1024 * 1024;
const STUCK_BEATS = 6;

function wishOf(query = ''): LineWish {
  const wish = readLineWish(new URLSearchParams(query));
  if (wish === undefined) throw new Error('the query is not understood');
  return wish;
}

/** A reader whose client has asked and reads nothing yet. */
async function openIdle(query = ''): Promise<{ client: Socket; res: ServerResponse; reader: PointReader }> {
  let resolveResponse: (res: ServerResponse) => void;
  const asked = new Promise<ServerResponse>((resolve) => (resolveResponse = resolve));
  const server = await serve((_req, res) => {
    resolveResponse(res);
  });
  const client = createConnection(server.port, '127.0.0.1').pause();
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  const res = await asked;
  return { client, res, reader: new PointReader(res, wishOf(query)) };
}

function makeFeed(): { readonly monitoring: LunaRequestInfluxMonitoring; readonly feed: PointFeed } {
  const monitoring = new LunaRequestInfluxMonitoring({ flushingPeriod: 600 });
  onTestFinished(async () => {
    await monitoring.stop();
  });
  return { monitoring, feed: new PointFeed(monitoring, new StoreSource(monitoring, MIB)) };
}

describe('PointFeed', () => {
  it('looks at no line while nobody reads', async () => {
    const { feed, monitoring } = makeFeed();
    expect(feed.isObserving).toBe(false);
    const [one, other] = [await openIdle(), await openIdle('series=errors')];
    await feed.join(one.reader, undefined);
    await feed.join(other.reader, undefined);
    expect(feed.isObserving).toBe(true);
    feed.leave(one.reader);
    expect(feed.isObserving).toBe(true);
    monitoring.addPoints([requestPoint({ resource: '/', time: monitoring.now() })]);
    feed.leave(other.reader);
    expect(feed.isObserving).toBe(false);
    feed.leave(other.reader);
  });

  it('ends a reader that comes while it closes', async () => {
    const { feed } = makeFeed();
    const { client, reader } = await openIdle();
    const joining = feed.join(reader, 60);
    feed.close();
    await joining;
    expect(feed.isObserving).toBe(false);
    expect(await text(client)).toMatch(/# begin \{.*\}[\s\S]*# end \{\}/);
  });

  it('tells each point once to who asks for those of before, also those recorded meanwhile', async () => {
    const { feed, monitoring } = makeFeed();
    const record = (requestId: string): void => {
      monitoring.addPoints([requestPoint({ resource: '/', time: monitoring.now(), requestId })]);
    };
    const flush = monitoring.flush.bind(monitoring);
    monitoring.flush = async () => {
      record('before the store has all');
      await flush();
      record('after');
    };
    const [early, late] = [await openIdle(), await openIdle()];
    record('first');
    await feed.join(early.reader, undefined);
    await feed.join(late.reader, 60);
    record('last');
    feed.close();
    const idsOf = async (client: Socket): Promise<unknown[]> =>
      ((await text(client)).match(/^requests,.*$/gm) ?? []).map((line) => decodeLine(line).fields['request_id']);
    expect(await idsOf(early.client)).toEqual(['before the store has all', 'after', 'last']);
    expect(await idsOf(late.client)).toEqual(['first', 'before the store has all', 'after', 'last']);
  });

  it('sends what is much at once, and the rest together', async () => {
    const { feed, monitoring } = makeFeed();
    const { client, reader } = await openIdle();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    await feed.join(reader, undefined);
    let came = '';
    client.on('data', (chunk: Buffer) => (came += chunk.toString()));
    const heard = async (words: string): Promise<void> => {
      while (!came.includes(words)) await once(client, 'data');
    };
    const much = heard('"last of many"');
    const record = (requestId: string): void => {
      monitoring.addPoints([requestPoint({ resource: '/', time: monitoring.now(), requestId })]);
    };
    for (let count = 0; count < 70; count += 1) record('x'.repeat(1024));
    record('last of many');
    client.resume();
    await much;
    const few = heard('"few"');
    record('few');
    await new Promise(setImmediate);
    expect(came).not.toContain('few');
    vi.advanceTimersByTime(100);
    await few;
    expect(came.match(/^requests,/gm)).toHaveLength(72);
  });

  it('says now and then that it is there', async () => {
    const { feed } = makeFeed();
    const { client, reader } = await openIdle();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    await feed.join(reader, undefined);
    vi.advanceTimersByTime(5000);
    feed.close();
    expect((await text(client)).match(/^# \w+/gm)).toEqual(['# begin', '# live', '# alive', '# end']);
  });
});

describe('PointReader', () => {
  it('lets a bounded number of bytes wait, counts the others, and tells of them where they would stand', async () => {
    const { client, res, reader } = await openIdle();
    const lines = Buffer.from(`${'x'.repeat(64 * 1024 - 1)}\n`);
    let sent = 0;
    while (res.writableLength <= MIB) {
      reader.send(lines, 1);
      sent += 1;
    }
    reader.send(lines, 3);
    reader.skip(2);
    expect(res.writableLength).toBeLessThan(MIB + 2 * lines.length);
    const drained = once(res, 'drain');
    const all = text(client);
    await drained;
    reader.send(Buffer.from('next\n'), 1);
    reader.end();
    const came = (await all).match(/^(?:x+|#.*|next)$/gm)?.map((line) => (line.startsWith('x') ? 'x' : line));
    expect(came).toEqual([...Array.from({ length: sent }, () => 'x'), '# skipped {"points":5}', 'next', '# end {}']);
  });

  it('tells of what was left out once there is room, whether or not a point comes after it', async () => {
    const { client, res, reader } = await openIdle();
    const lines = Buffer.from(`${'x'.repeat(64 * 1024 - 1)}\n`);
    while (res.writableLength <= MIB) reader.send(lines, 1);
    reader.send(lines, 7);
    const drained = once(res, 'drain');
    const all = text(client);
    await drained;
    reader.beat();
    reader.end();
    expect((await all).match(/^# .*$/gm)).toEqual(['# skipped {"points":7}', '# alive {}', '# end {}']);
  });

  it('is sent away when it takes nothing for half a minute', async () => {
    const { res, reader } = await openIdle();
    const lines = Buffer.alloc(64 * 1024, 'x');
    while (res.writableLength <= MIB) reader.send(lines, 1);
    // The bytes that the kernel took count for the first beat.
    reader.beat();
    for (let beat = 0; beat < STUCK_BEATS; beat += 1) {
      expect(res.destroyed).toBe(false);
      reader.beat();
    }
    expect(res.destroyed).toBe(true);
    await once(res, 'close');
    reader.send(lines, 1);
    reader.beat();
    reader.end();
    await expect(reader.sendWhole('x')).rejects.toThrow();
  });

  it('is not sent away while it takes something, or nothing is to be taken', async () => {
    const { client, res, reader } = await openIdle();
    for (let beat = 0; beat < 2 * STUCK_BEATS; beat += 1) {
      reader.comment('alive', {});
      await new Promise(setImmediate);
      reader.beat();
    }
    expect(res.destroyed).toBe(false);
    client.resume();
  });

  it('holds back a bounded number of bytes while older points are sent', async () => {
    const { client, reader } = await openIdle();
    reader.hold();
    const lines = Buffer.from(`${'x'.repeat(512 * 1024 - 1)}\n`);
    for (let count = 0; count < 5; count += 1) reader.send(lines, 1);
    reader.beat();
    const all = text(client);
    await reader.sendWhole('older\n');
    reader.release();
    reader.end();
    const came = (await all).match(/^(?:x+|#.*|older)$/gm)?.map((line) => (line.startsWith('x') ? 'x' : line));
    expect(came).toEqual(['older', 'x', 'x', 'x', '# skipped {"points":2}', '# live {}', '# end {}']);
  });
});
