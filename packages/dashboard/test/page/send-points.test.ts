import { createConnection } from 'node:net';
import { request } from 'node:http';
import {
  BaseMonitoringPoint,
  decodeLine,
  LunaRequestInfluxMonitoring,
  type RequestMonitoringPoint,
} from '@influx-monitoring/core';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { monitoringDashboard, type DashboardOptions } from '../../src/index.ts';
import { LineStream } from '../support/line-stream.ts';
import { failurePoint, messagePoint, requestPoint, serve } from '../support/points.ts';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };
const LIVE = '# live {}';
const END = '# end {}';

interface Running {
  readonly monitoring: LunaRequestInfluxMonitoring;
  readonly url: string;
  readonly port: number;
}

/** A service with the page under a mount of Express. */
async function start(
  options: Omit<DashboardOptions, 'monitoring'> = {},
  monitoring = new LunaRequestInfluxMonitoring({ service: 'shop', flushingPeriod: 600 }),
): Promise<Running> {
  const app = express().use('/monitoring', monitoringDashboard({ ...options, monitoring }));
  const server = await serve((req, res) => {
    // Express' application is a listener of node:http, with types of its own requests.
    (app as unknown as (req: unknown, res: unknown) => void)(req, res);
  });
  onTestFinished(async () => {
    await monitoring.stop({ timeoutMs: 1 });
    await server.close();
  });
  return { monitoring, port: server.port, url: `${server.origin}/monitoring/points` };
}

/** A monitoring of a database that is not there. */
function beside(): LunaRequestInfluxMonitoring {
  return new LunaRequestInfluxMonitoring({
    credentials: { organization: 'o', bucket: 'b', token: 't' },
    host: '127.0.0.1',
    port: 9,
    service: 'shop',
    logger: SILENT,
  });
}

class SpacedPoint extends BaseMonitoringPoint {
  readonly series: string = 'a b';
  readonly tags = {};
  readonly fields = { value: 1 };
}

class LongerPoint extends SpacedPoint {
  override readonly series = 'errors_too';
}

async function openLive(url: string): Promise<LineStream> {
  const stream = await LineStream.open(url);
  onTestFinished(() => {
    stream.close();
  });
  return stream;
}

function idOf(line: string): unknown {
  return decodeLine(line).fields['request_id'];
}

function statusOf(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { headers, method, agent: false }, (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    asking.on('error', reject).end();
  });
}

describe('the stream of points', () => {
  it('begins with whose points they are, and gives each line as it is recorded, before anything is flushed', async () => {
    const { monitoring, url } = await start();
    monitoring.addPoints([requestPoint({ resource: '/before', time: monitoring.now() })]);
    const stream = await openLive(url);
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-content-type-options': 'nosniff',
    });
    expect(await stream.next()).toMatch(/^# begin \{"service":"shop","bootId":"[0-9a-f]{8}"\}$/);
    expect(await stream.next()).toBe(LIVE);
    const recorded: string[] = [];
    monitoring.observeLines({ onLine: (line) => recorded.push(line) });
    monitoring.addPoints([
      requestPoint({ resource: '/a b,c', time: monitoring.now(), requestId: 'line\nfeed' }),
      messagePoint('channel', monitoring.now()),
    ]);
    expect([await stream.next(), await stream.next()]).toEqual(recorded);
    expect(recorded[0]).toContain(String.raw`route=GET:/a\ b\,c`);
  });

  it('gives only the series that are named, which need not be ours', async () => {
    const { monitoring, url } = await start();
    const stream = await openLive(`${url}?series=errors&series=a%20b`);
    await stream.until((line) => line === LIVE);
    const now = monitoring.now();
    monitoring.addPoints([
      requestPoint({ resource: '/', time: now }),
      failurePoint('/', now, 1),
      new SpacedPoint({ eventTime: now }),
      new LongerPoint({ eventTime: now }),
      failurePoint('/', now, 2),
    ]);
    const lines = [await stream.next(), await stream.next(), await stream.next()];
    expect(lines.map((line) => decodeLine(line ?? '').series)).toEqual(['errors', 'a b', 'errors']);
  });

  it('tells all readers, whatever they want, and no more once they have left', async () => {
    const { monitoring, url } = await start();
    const [all, errors] = await Promise.all([openLive(url), openLive(`${url}?series=errors`)]);
    await Promise.all([all.until((line) => line === LIVE), errors.until((line) => line === LIVE)]);
    const now = monitoring.now();
    monitoring.addPoints([requestPoint({ resource: '/', time: now }), failurePoint('/', now, 1)]);
    expect(await all.next()).toMatch(/^requests,/);
    expect(await all.next()).toMatch(/^errors,/);
    expect(await errors.next()).toMatch(/^errors,/);
  });

  it.each([
    ['series=', 400],
    ['since=0', 400],
    ['since=901', 400],
    ['since=5m', 400],
    [Array.from({ length: 41 }, (_, index) => `series=${String(index)}`).join('&'), 400],
    [Array.from({ length: 40 }, () => 'series=one').join('&'), 200],
    ['since=900', 200],
  ])('answers %s with %d', async (query, status) => {
    const { url } = await start();
    expect(await statusOf(`${url}?${query}`)).toBe(status);
  });

  it('ends with a word when the monitoring stops, after all that was recorded, and is refused from then on', async () => {
    const { monitoring, url } = await start();
    const stream = await openLive(url);
    await stream.until((line) => line === LIVE);
    monitoring.addPoints([requestPoint({ resource: '/last', time: monitoring.now() })]);
    await monitoring.stop();
    const lines = await stream.until(() => false);
    expect(lines.map((line) => line.split(',')[0])).toEqual(['requests', END]);
    expect(await statusOf(url)).toBe(503);
  });

  it('is for those alone who may see the page, and counts as one who looks on', async () => {
    const { url } = await start({ maxViewers: 1 });
    expect(await statusOf(url, { Host: 'evil.example' })).toBe(403);
    expect(await statusOf(url, { 'X-Forwarded-For': '10.0.0.7' })).toBe(403);
    expect(await statusOf(url, { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' })).toBe(403);
    expect(await statusOf(url, {}, 'POST')).toBe(405);
    const stream = await openLive(url);
    expect(stream.response.statusCode).toBe(200);
    expect(await statusOf(url)).toBe(503);

    const guarded = await start({ authorize: ({ headers }) => headers.authorization === 'yes' });
    expect(await statusOf(guarded.url, { Authorization: 'no' })).toBe(403);
    expect(await statusOf(guarded.url, { Authorization: 'yes', Host: 'shop.example' })).toBe(200);
  });

  it('answers HEAD with the headers alone', async () => {
    const { url } = await start({ maxViewers: 1 });
    expect([await statusOf(url, {}, 'HEAD'), await statusOf(`${url}?since=1`, {}, 'HEAD')]).toEqual([200, 200]);
  });
});

describe('a slow reader', () => {
  it('misses points, is told how many, and holds nobody up', async () => {
    const { monitoring, port, url } = await start();
    const slow = createConnection(port, '127.0.0.1').pause();
    onTestFinished(() => {
      slow.destroy();
    });
    slow.write('GET /monitoring/points HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const quick = await openLive(url);
    await quick.until((line) => line === LIVE);
    // The slow one is there, too, once what it was answered waits for it.
    let text = '';
    await new Promise<void>((resolve) => {
      slow.once('readable', () => {
        text += String(slow.read());
        resolve();
      });
    });
    const filler = 'x'.repeat(10_000);
    let count = 0;
    for (let round = 0; round < 25; round += 1) {
      const time = monitoring.now();
      const points = Array.from({ length: 95 }, () => {
        count += 1;
        return requestPoint({ resource: '/', time, requestId: `${String(count)} ${filler}` });
      });
      monitoring.addPoints(points);
      // Each round is read before the next: nothing but slowness is a reason to miss any.
      await quick.until((line) => line.includes(`"${String(count)} x`));
    }
    slow.on('data', (chunk: Buffer) => (text += chunk.toString()));
    slow.resume();
    const skipped = await new Promise<number>((resolve) => {
      slow.on('data', () => {
        const told = /^# skipped \{"points":(\d+)\}$/m.exec(text)?.[1];
        if (told !== undefined) resolve(Number(told));
      });
    });
    const shown = text.match(/^requests,/gm)?.length ?? 0;
    expect(shown).toBeGreaterThan(0);
    expect(shown + skipped).toBe(count);
  });

  it('is told of what one burst has too many, and the next points come again', async () => {
    const { monitoring, url } = await start();
    const stream = await openLive(url);
    await stream.until((line) => line === LIVE);
    const requestId = 'x'.repeat(10_000);
    const time = monitoring.now();
    monitoring.addPoints(Array.from({ length: 300 }, () => requestPoint({ resource: '/', time, requestId })));
    const burst = await stream.until((line) => line.startsWith('# skipped'));
    const skipped = Number(/\d+/.exec(burst.at(-1) ?? '')?.[0]);
    expect(burst.length - 1 + skipped).toBe(300);
    expect(skipped).toBeGreaterThan(100);
    monitoring.addPoints([requestPoint({ resource: '/next', time })]);
    expect(await stream.next()).toContain('route=GET:/next');
  });
});

describe('points of before', () => {
  it.each([
    ['the embedded store', () => new LunaRequestInfluxMonitoring({ service: 'shop', flushingPeriod: 600 })],
    ['the store beside a database', beside],
  ])('come first where they are asked for, each once, from %s', async (_name, make) => {
    const { monitoring, url } = await start({}, make());
    const points = (from: number, count: number): RequestMonitoringPoint[] =>
      Array.from({ length: count }, (_, index) =>
        requestPoint({ resource: '/', time: monitoring.now(), requestId: String(from + index) }),
      );
    monitoring.addPoints([requestPoint({ resource: '/', time: monitoring.now() - 600, requestId: 'too old' })]);
    monitoring.addPoints(points(0, 3));
    if (_name === 'the embedded store') await monitoring.flush();
    monitoring.addPoints([failurePoint('/', monitoring.now(), 1), ...points(3, 3)]);
    const stream = await openLive(`${url}?since=60&series=requests`);
    const stored = await stream.until((line) => line === LIVE);
    expect(stored.slice(1, -1).map(idOf)).toEqual(['0', '1', '2', '3', '4', '5']);
    monitoring.addPoints(points(6, 2));
    expect([idOf((await stream.next()) ?? ''), idOf((await stream.next()) ?? '')]).toEqual(['6', '7']);
  });

  it('are each told once while points are recorded without a pause', async () => {
    const { monitoring, url } = await start();
    let count = 0;
    const record = (): void => {
      monitoring.addPoints([requestPoint({ resource: '/', time: monitoring.now(), requestId: String(count) })]);
      count += 1;
    };
    // In each turn of the event loop, more than once.
    let isRecording = true;
    const recordOn = (): void => {
      record();
      queueMicrotask(() => {
        record();
        queueMicrotask(record);
      });
      if (isRecording) setImmediate(recordOn);
    };
    recordOn();
    const stream = await openLive(`${url}?since=900`);
    const lines = await stream.until((line) => line === LIVE);
    isRecording = false;
    const last = await new Promise<string>((resolve) => {
      setImmediate(() => {
        setImmediate(() => {
          record();
          resolve(String(count - 1));
        });
      });
    });
    lines.push(...(await stream.until((line) => line.startsWith('requests') && idOf(line) === last)));
    const ids = lines.filter((line) => !line.startsWith('#')).map(idOf);
    expect(ids).toEqual(Array.from({ length: count }, (_, index) => String(index)));
  });

  it('end when the reader leaves in mid-stream, and its seat is free', async () => {
    const { monitoring, port, url } = await start({ maxViewers: 1 });
    const requestId = 'r'.repeat(20_000);
    for (let batch = 0; batch < 20; batch += 1) {
      const time = monitoring.now();
      monitoring.addPoints(Array.from({ length: 100 }, () => requestPoint({ resource: '/', time, requestId })));
      await monitoring.flush();
    }
    const leaving = createConnection(port, '127.0.0.1').pause();
    leaving.write('GET /monitoring/points?since=900 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise<void>((resolve) => leaving.once('readable', resolve));
    expect(await statusOf(url)).toBe(503);
    leaving.destroy();
    // The server notices the end of the connection in its own time; if it never did, this would not end either.
    while ((await statusOf(url)) === 503);
  });
});
