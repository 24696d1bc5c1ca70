import { request, type IncomingMessage, type RequestListener } from 'node:http';
import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { monitoringDashboard, type DashboardOptions } from '../src/index.ts';
import type { Snapshot } from '../src/wire/messages.ts';
import { EventStream } from './support/event-stream.ts';
import { failurePoint, requestPoint, sendPoint, serve, subscriptionErrorPoint } from './support/points.ts';

// Express 4 has the same functions that are used here; only one version's types can be installed under their name.
// With its name as a constant the compiler would look for types.
const EXPRESS_4: string = 'express-4.22';
const express4Module: unknown = await import(EXPRESS_4);
const { default: express4 } = express4Module as { readonly default: typeof express };

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Running {
  readonly monitoring: LunaRequestInfluxMonitoring;
  /** Address of the mount, with a slash at its end. */
  readonly url: string;
  readonly port: number;
}

async function start(
  options: Omit<DashboardOptions, 'monitoring'> = {},
  listenerOf: (handler: ReturnType<typeof monitoringDashboard>) => RequestListener = (handler) => handler,
): Promise<Running> {
  const monitoring = new LunaRequestInfluxMonitoring();
  const handler = monitoringDashboard({ ...options, monitoring });
  const server = await serve(listenerOf(handler));
  ends.push(() => monitoring.stop(), server.close);
  return { monitoring, url: `${server.origin}/`, port: server.port };
}

/** A request with headers that fetch would not send. */
function ask(url: string, options: { readonly method?: string; readonly headers?: Record<string, string> } = {}) {
  return new Promise<{ readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: string }>(
    (resolve, reject) => {
      const asking = request(url, { method: options.method ?? 'GET', headers: options.headers ?? {} }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      });
      asking.on('error', reject);
      asking.end();
    },
  );
}

const MOUNTS: readonly [
  name: string,
  listenerOf: (handler: ReturnType<typeof monitoringDashboard>) => RequestListener,
  path: string,
][] = [
  // Express' applications are listeners of node:http, with types of their own requests.
  ['Express 5', (handler) => express().use('/monitoring', handler) as RequestListener, 'monitoring'],
  [
    'Express 5, in a router',
    (handler) => express().use('/a', express.Router().use('/:b', handler)) as RequestListener,
    'a/x%20y',
  ],
  ['Express 4', (handler) => express4().use('/monitoring', handler) as RequestListener, 'monitoring'],
  ['node:http', (handler) => handler, ''],
];

describe.each(MOUNTS)('on %s', (_name, listenerOf, path) => {
  it('serves a page whose files are all there', async () => {
    const { url } = await start({}, listenerOf);
    const mount = new URL(path === '' ? '' : `${path}/`, url);
    const page = await fetch(mount);
    const html = await page.text();
    const files = [...html.matchAll(/(?:src|href)="(assets\/[^"]+)"/g)].map(([, file = '']) => file);
    expect([page.status, page.headers.get('content-type'), files.length]).toEqual([200, 'text/html; charset=utf-8', 3]);
    for (const file of files) {
      const answer = await fetch(new URL(file, mount));
      expect([file, answer.status, answer.headers.get('cache-control')]).toEqual([
        file,
        200,
        'private, max-age=31536000, immutable',
      ]);
      expect((await answer.text()).length).toBeGreaterThan(100);
    }
  });

  it('leads to the slash that relative addresses need, and keeps the query', async () => {
    const { url } = await start({}, listenerOf);
    const answer = await fetch(new URL(`${path}?window=5`, url));
    expect([answer.status, answer.url]).toEqual([200, new URL(`${path === '' ? '' : `${path}/`}?window=5`, url).href]);
  });

  it('answers 404 for what it does not have and 405 for what it does not do', async () => {
    const { url } = await start({}, listenerOf);
    const mount = new URL(path === '' ? '' : `${path}/`, url);
    for (const unknown of ['nothing', 'assets/', 'assets/page.js', '..%2fsecret', 'stream/more']) {
      expect((await ask(new URL(unknown, mount).href)).status, unknown).toBe(404);
    }
    for (const known of ['', 'stream', 'points', 'view.json', 'export.csv', 'export.lp']) {
      const { headers, status } = await ask(new URL(known, mount).href, { method: 'POST' });
      expect([known, status, headers.allow]).toEqual([known, 405, 'GET, HEAD']);
      const head = await ask(new URL(known, mount).href, { method: 'HEAD' });
      expect([known, head.status, head.body]).toEqual([known, 200, '']);
    }
  });
});

describe('headers', () => {
  it('let only what the page brings run, load and connect', async () => {
    const { url } = await start();
    for (const path of ['', 'nothing', 'view.json', 'export.csv']) {
      const { headers } = await fetch(url + path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  it('let a browser keep files and ask whether the page is still the same', async () => {
    const { url } = await start();
    const first = await ask(url);
    expect(first.headers['cache-control']).toBe('no-cache');
    const again = await ask(url, { headers: { 'If-None-Match': first.headers.etag ?? '' } });
    expect([again.status, again.body]).toEqual([304, '']);
  });

  it('compress files for those who understand it', async () => {
    const { url } = await start();
    const file = /src="([^"]+)"/.exec((await ask(url)).body)?.[1] ?? '';
    const plain = await ask(url + file);
    const refused = await ask(url + file, { headers: { 'Accept-Encoding': 'gzip;q=0, br' } });
    const compressed = await ask(url + file, { headers: { 'Accept-Encoding': 'br, gzip' } });
    expect([plain.headers['content-encoding'], refused.headers['content-encoding']]).toEqual([undefined, undefined]);
    expect(compressed.headers['content-encoding']).toBe('gzip');
    expect(compressed.headers.vary).toBe('Accept-Encoding');
    expect(Number(compressed.headers['content-length'])).toBeLessThan(Number(plain.headers['content-length']) / 2);
  });
});

describe('who may see it', () => {
  it('is only who comes from this machine under its own name and through no proxy', async () => {
    const { port, url } = await start();
    const statusWith = async (headers: Record<string, string>): Promise<number> =>
      (await ask(`${url}view.json`, { headers })).status;
    expect(await statusWith({})).toBe(200);
    expect(await statusWith({ Host: `localhost:${String(port)}` })).toBe(200);
    expect(await statusWith({ Host: `[::1]:${String(port)}` })).toBe(200);
    for (const host of [
      'evil.example',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      `10.0.0.1:${String(port)}`,
    ]) {
      expect([host, await statusWith({ Host: host })]).toEqual([host, 403]);
    }
    for (const header of ['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'X-Forwarded-Host', 'Via']) {
      expect([header, await statusWith({ [header]: '127.0.0.1' })]).toEqual([header, 403]);
    }
  });

  it.each([
    ['::ffff:127.0.0.1', 200],
    ['::1', 200],
    ['127.8.9.10', 200],
    ['10.0.0.7', 403],
    ['::ffff:10.0.0.7', 403],
    ['127.0.0.1.5', 403],
    [undefined, 403],
  ])('from %s is %s', async (remoteAddress, status) => {
    const { url } = await start({}, (handler) => (req, res) => {
      Object.defineProperty(req.socket, 'remoteAddress', { value: remoteAddress });
      handler(req, res);
    });
    expect((await ask(`${url}view.json`)).status).toBe(status);
  });

  it('is who authorize lets in, from wherever; a failure of it is a no', async () => {
    const asked: string[] = [];
    const { url } = await start({
      authorize: (req) => {
        const who = String(req.headers.authorization);
        asked.push(`${who} ${String(req.url)}`);
        if (who === 'throws') throw new Error('of authorize');
        if (who === 'rejects') return Promise.reject(new Error('of authorize'));
        if (who === 'slow yes') return Promise.resolve(true);
        return who === 'yes';
      },
    });
    const statusOf = async (who: string, path = 'view.json'): Promise<number> =>
      (
        await ask(url + path, {
          headers: { Authorization: who, Host: 'monitoring.example', 'X-Forwarded-For': '10.0.0.7' },
        })
      ).status;
    expect([await statusOf('yes'), await statusOf('slow yes')]).toEqual([200, 200]);
    expect([await statusOf('no'), await statusOf('throws'), await statusOf('rejects')]).toEqual([403, 403, 403]);
    for (const path of ['', 'stream', 'points', 'export.csv', 'export.lp', 'nothing', 'assets/x'])
      expect([path, await statusOf('no', path)]).toEqual([path, 403]);
    expect(asked).toContain('no /export.lp');
  });

  it('is not a page of another site that asks for figures', async () => {
    const { url } = await start();
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' };
    expect((await ask(`${url}stream`, { headers })).status).toBe(403);
    expect((await ask(url, { headers: { ...headers, 'Sec-Fetch-Mode': 'navigate' } })).status).toBe(200);
  });
});

describe('the stream', () => {
  it('begins with all that the store holds and goes on with what changes', async () => {
    const { monitoring, url } = await start();
    monitoring.addPoints([requestPoint({ resource: '/early', time: monitoring.now(), seconds: 0.02 })]);
    await monitoring.flush();
    const stream = await EventStream.open(`${url}stream?window=5`);
    expect(stream.response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const first = await stream.next();
    expect(first.kind).toBe('snapshot');
    expect(first.data).toMatchObject({
      service: 'luna-sender',
      windowMinutes: 5,
      health: { state: 'ok', destination: 'memory', recorded: 1, delivered: 1, viewers: 1, lastError: null },
      tables: { routes: [['GET:/early', 1, 0, [20_095, 20_095, 20_095], '200', expect.any(Number)]] },
    });
    monitoring.addPoints([requestPoint({ resource: '/late', time: monitoring.now() })]);
    await monitoring.flush();
    let message = await stream.next();
    while (message.kind === 'tick' && message.data.tables.routes === undefined) message = await stream.next();
    if (message.kind !== 'tick') throw new Error('a second snapshot came');
    expect(message.data.tables.routes?.gone).toEqual([]);
    expect(message.data.tables.routes?.changed.map(([key, count]) => [key, count])).toEqual([['GET:/late', 1]]);
    const [boot = '', number = ''] = message.id.split('.');
    expect(first.id.startsWith(`${boot}.`)).toBe(true);
    expect(Number(number)).toBeGreaterThan(Number(first.id.split('.')[1]));
    stream.close();
  });

  it('reads the store once for all who look at a window', async () => {
    const { monitoring, url } = await start();
    const { client } = monitoring.adapter;
    // Without credentials the client is the embedded store.
    const store = client as { batchesAfter(sequence: number): unknown[] };
    const read = store.batchesAfter.bind(store);
    const sequences: number[] = [];
    store.batchesAfter = (sequence) => {
      sequences.push(sequence);
      return read(sequence);
    };
    const streams = await Promise.all(Array.from({ length: 10 }, () => EventStream.open(`${url}stream`)));
    for (const stream of streams) expect((await stream.next()).kind).toBe('snapshot');
    const ticksOfFirst = (await Promise.all([streams[0]?.next(), streams[9]?.next()])).map((message) => message?.id);
    expect(ticksOfFirst[0]).toBe(ticksOfFirst[1]);
    // One for the first who came, at most one more for those who came meanwhile, and one for the tick.
    expect(sequences.length).toBeLessThanOrEqual(3);
    for (const stream of streams) stream.close();
  });

  it('answers 503 to one more than may look on, and lets another in when one has left', async () => {
    const { url } = await start({ maxViewers: 2 });
    const first = await EventStream.open(`${url}stream`);
    const second = await EventStream.open(`${url}stream`);
    const refused = await ask(`${url}stream`);
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
    expect((await ask(url)).status).toBe(200);
    await second.next();
    first.close();
    // The server notices the end of the connection in its own time: the second's next figures say when it has.
    for (let viewers = 2; viewers > 1;) viewers = (await second.next()).data.health.viewers;
    const third = await EventStream.open(`${url}stream`);
    expect(third.response.statusCode).toBe(200);
    second.close();
    third.close();
  });

  it('ends when the monitoring stops, and is refused from then on', async () => {
    const { monitoring, url } = await start();
    const stream = await EventStream.open(`${url}stream`);
    await stream.next();
    await monitoring.stop();
    await stream.ended();
    expect((await ask(`${url}stream`)).status).toBe(503);
  });

  it('refuses a window that there is none of', async () => {
    const { url } = await start();
    expect((await ask(`${url}stream?window=7`)).status).toBe(400);
    expect((await ask(`${url}view.json?at=soon`)).status).toBe(400);
    expect((await ask(`${url}export.csv?table=secrets`)).status).toBe(400);
  });
});

describe('exports', () => {
  async function startWithPoints(): Promise<Running> {
    const running = await start();
    const now = running.monitoring.now();
    running.monitoring.addPoints([
      requestPoint({ resource: '/a', time: now, seconds: 0.1 }),
      requestPoint({ resource: '/a', time: now, seconds: 0.1, status: 503 }),
      failurePoint('/a', now, '=HYPERLINK("http://evil.example")', 503),
      requestPoint({ resource: '/b,"quoted"', time: now, seconds: 0.3 }),
      sendPoint('account', now, 0.002),
      subscriptionErrorPoint('1', now),
    ]);
    await running.monitoring.flush();
    return running;
  }

  it('give each table as CSV, searched and sorted as it is shown', async () => {
    const { url } = await startWithPoints();
    const answer = await ask(`${url}export.csv?table=routes&sort=p99&direction=ascending`);
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="routes-\d+\.csv"$/);
    const [titles = '', ...rows] = answer.body.trimEnd().split('\r\n');
    expect(titles).toBe('route,per_second,p50_seconds,p95_seconds,p99_seconds,count,failed,failed_share,last_status');
    expect(rows.map((row) => row.replace(/,[\d.]+,/, ',RATE,'))).toEqual([
      'GET:/a,RATE,0.100351,0.100351,0.100351,2,1,0.5,503',
      '"GET:/b,""quoted""",RATE,0.301055,0.301055,0.301055,1,0,0,200',
    ]);
    const searched = await ask(`${url}export.csv?table=routes&search=QUOTED`);
    expect(searched.body.trimEnd().split('\r\n')).toHaveLength(2);
  });

  it('give no spreadsheet a formula to run', async () => {
    const { url } = await startWithPoints();
    const { body } = await ask(`${url}export.csv?table=errorCodes`);
    expect(body.split('\r\n')[1]).toMatch(/^"'=HYPERLINK\(""http:\/\/evil\.example""\)",1,/);
  });

  it('give the seconds of the charts as CSV', async () => {
    const { url, monitoring } = await startWithPoints();
    const stream = await EventStream.open(`${url}stream`);
    const startedAt = monitoring.now();
    for (;;) {
      const { data } = await stream.next();
      if (data.to > startedAt) break;
    }
    stream.close();
    const { body } = await ask(`${url}export.csv?table=seconds`);
    const [titles = '', ...rows] = body.trimEnd().split('\r\n');
    expect(titles.split(',')).toHaveLength(16);
    const sums = rows.map((row) => row.split(',')).reduce((sum, cells) => sum + Number(cells[1]), 0);
    expect(sums).toBe(3);
    expect(rows[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ,/);
  });

  it('end when the client leaves in mid-stream, and free its seat', async () => {
    const { monitoring, url } = await start({ maxViewers: 1 });
    const now = monitoring.now();
    const requestId = 'r'.repeat(2000);
    for (let batch = 0; batch < 20; batch += 1) {
      monitoring.addPoints(Array.from({ length: 1000 }, () => requestPoint({ resource: '/a', time: now, requestId })));
      await monitoring.flush();
    }
    const leaving = request(`${url}export.lp`);
    leaving.on('error', () => undefined);
    const response = await new Promise<IncomingMessage>((resolve) => leaving.on('response', resolve).end());
    expect((await ask(`${url}view.json`)).status).toBe(503);
    response.destroy();
    // The server notices the end of the connection in its own time; if it never did, this would not end either.
    let status = 503;
    while (status === 503) ({ status } = await ask(`${url}view.json`));
    expect(status).toBe(200);
  });

  it('give the points as they were recorded', async () => {
    const { monitoring, url } = await startWithPoints();
    const { body, headers } = await ask(`${url}export.lp`);
    expect(headers['content-disposition']).toMatch(/^attachment; filename="points-\d+\.lp"$/);
    expect(body.trimEnd().split('\n')).toHaveLength(monitoring.stats().recorded);
    expect(body).toContain(String.raw`requests,route=GET:/b\,"quoted",service=luna-sender,status_code=200 `);
  });
});

describe('when it fails itself', () => {
  it('hands the error on to Express, and closes the connection of a plain server', async () => {
    const failing = (res: { setHeader: (name: string, value: string) => unknown }): void => {
      // A response of somebody else's, on which nothing can be set any more.
      res.setHeader = () => {
        throw new Error('of the response');
      };
    };
    const withExpress = await start({}, (handler) => {
      const app = express();
      app.use((_req, res, next) => {
        failing(res);
        next();
      });
      app.use(handler);
      const answerError: express.ErrorRequestHandler = (error: Error, _req, res, next) => {
        if (res.headersSent) next(error);
        else res.writeHead(500).end(error.message);
      };
      return app.use(answerError) as RequestListener;
    });
    expect(await ask(withExpress.url)).toMatchObject({ status: 500, body: 'of the response' });

    const plain = await start({}, (handler) => (req, res) => {
      failing(res);
      handler(req, res);
    });
    await expect(ask(plain.url)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('a view of the past', () => {
  it('is the same for everybody, and 410 once it is forgotten', async () => {
    const { monitoring, url } = await start();
    const at = Math.floor(monitoring.now() / 5) * 5 + 5;
    monitoring.addPoints([
      requestPoint({ resource: '/a', time: at - 1 }),
      requestPoint({ resource: '/later', time: at }),
    ]);
    await monitoring.flush();
    // The server at the test made it from a Snapshot.
    const view = async (): Promise<Snapshot> =>
      JSON.parse((await ask(`${url}view.json?window=5&at=${String(at + 3)}`)).body) as Snapshot;
    const first = await view();
    expect(first.to).toBe(at);
    expect(first.tables.routes.map(([key]) => key)).toEqual(['GET:/a']);
    monitoring.addPoints([requestPoint({ resource: '/later', time: at + 1 })]);
    await monitoring.flush();
    expect((await view()).tables).toEqual(first.tables);
    expect((await ask(`${url}view.json?at=${String(at - 3600)}`)).status).toBe(410);
  });
});

describe('beside a database', () => {
  it('keeps a bounded view of this process, also while the database is away', async () => {
    const monitoring = new LunaRequestInfluxMonitoring({
      credentials: { organization: 'o', bucket: 'b', token: 'secret-token' },
      host: '127.0.0.1',
      port: 9,
      delivery: { logger: { info: () => undefined, warn: () => undefined, error: () => undefined } },
    });
    const server = await serve(monitoringDashboard({ monitoring }));
    ends.push(() => monitoring.stop({ timeoutMs: 1 }), server.close);
    monitoring.addPoints([requestPoint({ resource: '/a', time: monitoring.now() })]);
    await monitoring.flush();
    const { body } = await ask(`${server.origin}/view.json`);
    const view = JSON.parse(body) as Snapshot; // The server made it from one.
    expect(view.tables.routes.map(([key, count]) => [key, count])).toEqual([['GET:/a', 1]]);
    expect(view.health).toMatchObject({ state: 'waiting', destination: 'InfluxDB', pending: 1, delivered: 0 });
    expect(view.health.retries).toBeGreaterThan(0);
    expect(view.health.lastError).not.toBeNull();
    expect(body).not.toContain('secret-token');
  });
});

describe('options', () => {
  it('are checked when the page is made', () => {
    // @ts-expect-error -- no such option
    expect(() => monitoringDashboard({ autorize: () => true })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION_UNKNOWN' }),
    );
    expect(() => monitoringDashboard({ maxViewers: 0 })).toThrow(expect.objectContaining({ code: 'ERR_OPTION_TYPE' }));
    // @ts-expect-error -- no monitoring
    expect(() => monitoringDashboard({ monitoring: {} })).toThrow(expect.objectContaining({ code: 'ERR_OPTION_TYPE' }));
  });
});
