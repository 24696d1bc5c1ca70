import { createServer } from 'node:http';
import {
  defaultMonitoring,
  LunaRequestInfluxMonitoring,
  MemoryMonitoringAdapter,
  monitorTime,
} from '@influx-monitoring/core';
import express, { type Application, type Request } from 'express';
import { influxMonitoring, type InfluxMonitoringOptions } from '@influx-monitoring/express';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { listen, routesOf } from './support/listen.ts';
import { PointCollector } from './support/point-collector.ts';

/** What core has to say of a full budget is core's to test. */
const QUIET = { error: () => undefined, info: () => undefined, warn: () => undefined };

const LUNA_FORM = /^[0-9]{10},[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$/;

afterEach(() => {
  vi.restoreAllMocks();
});

/** An application with our middleware; `/ok/:x` answers its request id, `/fail/:status` fails. */
async function start(options: InfluxMonitoringOptions = {}, change?: (app: Application) => void) {
  const collector = new PointCollector();
  const app = express();
  app.set('env', 'test');
  app.use(influxMonitoring({ monitoring: collector, ...options }));
  change?.(app);
  app.get('/ok/:x', (req, res) => {
    res.send(req.monitoring.requestId);
  });
  app.get('/fail/:status', (req) => {
    throw Object.assign(new Error('failed'), { status: Number(req.params.status) });
  });
  const port = await listen(createServer(app));
  const request = async (path: string, init?: RequestInit) => {
    const response = await fetch(`http://127.0.0.1:${String(port)}${path}`, init);
    return { headers: response.headers, status: response.status, text: await response.text() };
  };
  return { collector, request };
}

describe('the whole way', () => {
  it('stores a point of a request, and one of its error, as the series of LUNA', async () => {
    const monitoring = new LunaRequestInfluxMonitoring({ service: 'shop' });
    const { request } = await start({ monitoring });
    await request('/ok/1', { headers: { 'luna-request-id': 'first' } });
    await request('/fail/503', { headers: { 'luna-request-id': 'second' } });
    await monitoring.flush();
    const { adapter } = monitoring;
    expect(adapter).toBeInstanceOf(MemoryMonitoringAdapter);
    const points = adapter instanceof MemoryMonitoringAdapter ? adapter.client.points() : [];
    await monitoring.stop();
    const executionTime = expect.any(Number) as number;
    expect(points.map(({ fields, series, tags }) => ({ fields: { ...fields }, series, tags: { ...tags } }))).toEqual([
      {
        series: 'requests',
        tags: { service: 'shop', route: 'GET:/ok/:x', status_code: '200' },
        fields: { request_id: 'first', execution_time: executionTime },
      },
      {
        series: 'requests',
        tags: { service: 'shop', route: 'GET:/fail/:status', status_code: '503' },
        fields: { request_id: 'second', execution_time: executionTime },
      },
      {
        series: 'errors',
        tags: { service: 'shop', route: 'GET:/fail/:status', status_code: '503', error_code: '503' },
        fields: { request_id: 'second' },
      },
    ]);
  });

  it('keeps each tag within its budget, which unmatched requests never use up', async () => {
    const monitoring = new LunaRequestInfluxMonitoring({ logger: QUIET, maxTagValues: 3 });
    const { request } = await start({ monitoring, additionalTags: (req) => ({ who: req.get('x-who') ?? 'nobody' }) });
    for (let number = 0; number < 20; number += 1) await request(`/random-${String(number)}`);
    for (let number = 0; number < 10; number += 1)
      await request('/ok/1', { headers: { 'x-who': `who-${String(number)}` } });
    await request('/fail/500', { headers: { 'x-who': 'who-9' } });
    await monitoring.flush();
    const { adapter } = monitoring;
    const points = adapter instanceof MemoryMonitoringAdapter ? adapter.client.points({ series: 'requests' }) : [];
    const { overflowedTags } = monitoring.stats();
    await monitoring.stop();
    const values = (tag: string) => [...new Set(points.map(({ tags }) => tags[tag]))];
    expect(values('route')).toEqual(['GET:unmatched', 'GET:/ok/:x', 'GET:/fail/:status']);
    expect(values('who')).toEqual(['nobody', 'who-0', 'who-1', 'other']);
    expect(overflowedTags).toEqual({ 'requests.who': 9 });
  });

  it('records nothing where monitoring is off, and handlers find what they expect', async () => {
    const monitoring = new PointCollector();
    monitoring.isEnabled = false;
    const { request } = await start({ monitoring }, (app) => {
      app.use((req, _res, next) => {
        req.monitoring.tags['plan'] = 'free';
        next();
      });
    });
    const { headers, text } = await request('/ok/1');
    expect(text).toMatch(LUNA_FORM);
    expect(headers.has('luna-request-id')).toBe(false);
    expect(monitoring.points).toEqual([]);
  });

  it('measures from the middleware to the end', async () => {
    const { collector, request } = await start({}, (app) => {
      app.get('/slow', (_req, res) => {
        setTimeout(() => res.end(), 60);
      });
    });
    await request('/slow');
    const [point] = await collector.requests(1);
    expect(Number(point?.fields['execution_time'])).toBeGreaterThanOrEqual(0.059);
    expect(Number(point?.fields['execution_time'])).toBeLessThan(5);
  });
});

describe('without a monitoring of its own', () => {
  it('uses the one of the process, by its configuration', async () => {
    vi.stubEnv('MONITORING_ENABLED', 'false');
    const { request } = await start({ monitoring: undefined });
    vi.unstubAllEnvs();
    expect((await request('/ok/1')).text).toMatch(LUNA_FORM);
    expect(defaultMonitoring().isEnabled).toBe(false);
    expect(defaultMonitoring().stats().recorded).toBe(0);
  });
});

describe('the request id', () => {
  it.each([
    ['Luna-Request-Id', { 'Luna-Request-Id': 'luna', 'X-Request-Id': 'x' }, 'luna'],
    ['X-Request-Id', { 'X-Request-Id': 'x' }, 'x'],
    [
      'traceparent',
      { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
      '4bf92f3577b34da6a3ce929d0e0e4736',
    ],
  ])('comes from %s and goes back', async (_name, headers, id) => {
    const { collector, request } = await start();
    const response = await request('/ok/1', { headers });
    expect(response.headers.get('luna-request-id')).toBe(id);
    expect(response.text).toBe(id);
    expect((await collector.requests(1))[0]?.fields['request_id']).toBe(id);
  });

  it('is made where none came, and is on both points', async () => {
    const { collector, request } = await start();
    const { headers } = await request('/fail/500');
    await collector.requests(1);
    const id = headers.get('luna-request-id');
    expect(id).toMatch(LUNA_FORM);
    expect(collector.points.map(({ fields }) => fields['request_id'])).toEqual([id, id]);
  });

  it('is cut, and never carries what a header must not', async () => {
    const { request } = await start();
    const long = await request('/ok/1', { headers: { 'luna-request-id': 'a'.repeat(5000) } });
    expect(long.headers.get('luna-request-id')).toBe('a'.repeat(256));
    const odd = await request('/ok/1', { headers: { 'luna-request-id': 'a\u00e9\tb' } });
    expect(odd.headers.get('luna-request-id')).toBe('ab');
  });

  it('comes from getRequestId first, is cleaned as a header is, and may stay inside', async () => {
    const { request } = await start({
      getRequestId: (req) => (req.path === '/ok/own' ? 'own\r\nSet-Cookie: a=b' : undefined),
    });
    expect((await request('/ok/own')).headers.get('luna-request-id')).toBe('ownSet-Cookie: a=b');
    expect((await request('/ok/else')).text).toMatch(LUNA_FORM);
    const silent = await start({ echoRequestId: false });
    expect((await silent.request('/ok/1')).headers.has('luna-request-id')).toBe(false);
  });
});

describe('an odd place or request', () => {
  it('records behind middleware that sent the head, where the id cannot go back any more', async () => {
    const collector = new PointCollector();
    const app = express();
    app.use((_req, res, next) => {
      res.write('early');
      next();
    });
    app.use(influxMonitoring({ monitoring: collector }));
    app.get('/x/:y', (_req, res) => {
      res.end('late');
    });
    const port = await listen(createServer(app));
    const response = await fetch(`http://127.0.0.1:${String(port)}/x/1`);
    expect(await response.text()).toBe('earlylate');
    expect(response.headers.has('luna-request-id')).toBe(false);
    expect(routesOf(await collector.requests(1))).toEqual(['GET:/x/:y 200']);
  });

  it('records what it knows where a request throws at being read', async () => {
    const { collector, request } = await start({}, (app) => {
      app.get('/broken', (req, res) => {
        let readCount = 0;
        // Express has read it; the middleware is next, and then Node.
        Object.defineProperty(req, 'method', { get: () => ((readCount += 1) === 1 ? fail() : 'GET') });
        res.end('fine');
      });
    });
    expect((await request('/broken')).text).toBe('fine');
    expect(routesOf(await collector.requests(1))).toEqual(['OTHER:unmatched 200']);
  });

  it('goes on without a point where the data of a request throw at being read', async () => {
    const { collector, request } = await start({}, (app) => {
      app.get('/broken', (req, res) => {
        Object.defineProperty(req.monitoring, 'tags', { get: fail });
        res.end('fine');
      });
    });
    expect((await request('/broken')).text).toBe('fine');
    await request('/ok/1');
    expect(routesOf(await collector.requests(1))).toEqual(['GET:/ok/:x 200']);
    expect(collector.events).toEqual({ express_callback_failed: 1 });
  });

  it('lets a request pass whose headers throw', async () => {
    const collector = new PointCollector();
    const app = express();
    app.use((req, _res, next) => {
      Object.defineProperty(req, 'headers', { get: fail });
      next();
    });
    app.use(influxMonitoring({ monitoring: collector }));
    app.use((_req, res) => {
      res.end('fine');
    });
    const port = await listen(createServer(app));
    expect(await (await fetch(`http://127.0.0.1:${String(port)}/`)).text()).toBe('fine');
    expect(collector.events).toEqual({ express_callback_failed: 1 });
  });
});

describe('data of handlers and options', () => {
  it('puts what handlers add on both points, and keeps the standard names', async () => {
    const { collector, request } = await start(
      {
        additionalFields: (_req, res) => ({ length: BigInt(String(res.get('content-length') ?? 0)), rows: 1 }),
        additionalTags: { region: 'north', plan: 'unknown' },
      },
      (app) => {
        app.get('/data', async (req, res) => {
          Object.assign(req.monitoring.tags, { plan: 'free', route: 'forged', service: 'forged', status_code: 1 });
          Object.assign(req.monitoring.fields, { request_id: 'forged', execution_time: 'forged', rows: 2 });
          await monitorTime(req.monitoring, 'load_time', () => Promise.resolve());
          res.status(400).send('12345');
        });
      },
    );
    await request('/data', { headers: { 'luna-request-id': 'true-id' } });
    await collector.requests(1);
    const additional = { load_time: expect.any(Number) as number, length: 5n, request_id: 'true-id', rows: 2 };
    const tags = { plan: 'free', region: 'north', route: 'GET:/data', service: 'shop', status_code: 400 };
    expect(collector.of('requests')[0]?.fields).toEqual({
      ...additional,
      execution_time: expect.any(Number) as number,
    });
    expect(collector.of('errors')[0]?.fields).toMatchObject(additional);
    expect(collector.of('requests')[0]?.tags).toEqual(tags);
    expect(collector.of('errors')[0]?.tags).toEqual({ ...tags, error_code: 400 });
  });

  it('asks functions for tags when the request ends', async () => {
    const { collector, request } = await start({
      additionalTags: (req, res) => ({ kind: `${req.method}${String(res.statusCode)}` }),
    });
    await request('/ok/1');
    expect((await collector.requests(1))[0]?.tags['kind']).toBe('GET200');
  });

  it('sees what listeners of the response add at its end', async () => {
    const { collector, request } = await start({}, (app) => {
      app.use((req, res, next) => {
        res.on('finish', () => {
          req.monitoring.fields['late'] = true;
        });
        next();
      });
    });
    await request('/ok/1');
    expect((await collector.requests(1))[0]?.fields['late']).toBe(true);
  });

  it('asks getErrorCode where the error has no code, also where there is no error', async () => {
    const { collector, request } = await start(
      {
        getErrorCode: (error, req, res) => (error === undefined ? `bare-${String(res.statusCode)}` : `for-${req.path}`),
      },
      (app) => {
        app.get('/bare', (_req, res) => {
          res.sendStatus(409);
        });
        app.get('/coded', () => {
          throw Object.assign(new Error('x'), { code: 'OWN' });
        });
      },
    );
    await request('/bare');
    await request('/fail/500');
    await request('/coded');
    await collector.requests(3);
    expect(collector.of('errors').map(({ tags }) => tags['error_code'])).toEqual(['bare-409', 'for-/fail/500', 'OWN']);
  });

  it.each([
    ['additionalFields', { additionalFields: fail }],
    ['additionalTags', { additionalTags: fail }],
    ['getErrorCode', { getErrorCode: fail }],
    ['getRequestId', { getRequestId: fail }],
    ['ignore', { ignore: fail }],
  ])('records the request and counts it when %s throws', async (_name, options) => {
    const { collector, request } = await start(options);
    expect((await request('/fail/500')).status).toBe(500);
    await collector.requests(1);
    expect(routesOf(collector.points)).toEqual(['GET:/fail/:status 500', 'GET:/fail/:status 500']);
    expect(collector.events).toHaveProperty('express_callback_failed');
  });

  describe.each(['additionalFields', 'additionalTags', 'getErrorCode', 'getRequestId', 'ignore'])(
    'records the request as without %s, and counts it, when that gives',
    (name) => {
      it.each<[string, () => unknown]>([
        ['a promise that rejects', () => Promise.reject(new Error('no database'))],
        ['a promise of a value', () => Promise.resolve('value')],
        [
          'a thenable that rejects',
          () => ({
            then: (_done: unknown, refuse: (error: Error) => void) => {
              refuse(new Error('no'));
            },
          }),
        ],
      ])('%s', async (_kind, callback) => {
        // An unhandled rejection fails the test run.
        const { collector, request } = await start({ [name]: callback });
        expect((await request('/fail/500', { headers: { 'luna-request-id': 'sent' } })).status).toBe(500);
        await collector.requests(1);
        expect(collector.points.map(({ fields, tags }) => [tags['route'], fields['request_id']])).toEqual([
          ['GET:/fail/:status', 'sent'],
          ['GET:/fail/:status', 'sent'],
        ]);
        expect(collector.of('errors')[0]?.tags['error_code']).toBe(500);
        expect(collector.events).toHaveProperty('express_callback_failed');
      });
    },
  );

  it.each<[string, InfluxMonitoringOptions, (data: { fields: object; tags: object }) => void]>([
    ['a tag of the options', { additionalTags: unreadable() }, () => undefined],
    ['a field of the options', { additionalFields: unreadable() }, () => undefined],
    ['a tag that a function gave', { additionalTags: () => unreadable() }, () => undefined],
    ['a field that a function gave', { additionalFields: () => unreadable() }, () => undefined],
    ["a tag of the handler's", { additionalTags: { region: 'eu' } }, ({ tags }) => unreadable(tags)],
    ["a field of the handler's", { additionalTags: { region: 'eu' } }, ({ fields }) => unreadable(fields)],
  ])('leaves out %s that throws at being read, and keeps the rest', async (_name, options, put) => {
    const { collector, request } = await start(options, (app) => {
      app.get('/data', (req, res) => {
        put(req.monitoring);
        res.status(500).end();
      });
    });
    await request('/data');
    await collector.requests(1);
    expect(routesOf(collector.points)).toEqual(['GET:/data 500', 'GET:/data 500']);
    for (const { fields, tags } of collector.points) expect({ ...fields, ...tags }).toMatchObject({ region: 'eu' });
    expect(collector.events['express_callback_failed']).toBeGreaterThan(0);
  });

  it.each([
    [
      'a getter that throws',
      {
        get errorCode(): number {
          throw new Error('no');
        },
      },
      418,
    ],
    ['a code that is an object', { errorCode: {} }, 418],
    ['a code that is NaN', { errorCode: Number.NaN }, 418],
    ['a code that is a text without end', { errorCode: 'x'.repeat(1000) }, 418],
    ['a code that is a bigint', { errorCode: 5n }, '5'],
  ])('takes the status for %s', async (_name, error, code) => {
    const { collector, request } = await start({}, (app) => {
      app.get('/odd', (_req, res, next) => {
        res.status(418);
        next(
          Object.defineProperties(
            Object.assign(new Error('odd'), { status: 418 }),
            Object.getOwnPropertyDescriptors(error),
          ),
        );
      });
    });
    await request('/odd');
    await collector.requests(1);
    expect(collector.of('errors')[0]?.tags['error_code']).toBe(code);
  });
});

describe('ignore', () => {
  const ROUTES = ['/health', '/health/live', '/healthy', '/metrics.json?x=/health', '/ok/1?path=/health', '/private/a'];

  it.each<[string, InfluxMonitoringOptions['ignore'], string[]]>([
    ['nothing', undefined, ROUTES],
    [
      'a path and what is below it',
      '/health',
      ['/healthy', '/metrics.json?x=/health', '/ok/1?path=/health', '/private/a'],
    ],
    [
      'what is below a path',
      '/health/',
      ['/health', '/healthy', '/metrics.json?x=/health', '/ok/1?path=/health', '/private/a'],
    ],
    ['a pattern, whatever its flags', /HEALTH|\.json$/gi, ['/ok/1?path=/health', '/private/a']],
    ['what a function says', (req: Request) => req.path.startsWith('/private'), ROUTES.slice(0, -1)],
    [
      'several rules',
      ['/health', /^\/ok/, (req: Request) => req.path === '/healthy'],
      ['/metrics.json?x=/health', '/private/a'],
    ],
  ])('leaves out %s', async (_name, ignore, kept) => {
    const { collector, request } = await start({ ignore, additionalFields: (req) => ({ url: req.originalUrl }) });
    for (const path of ROUTES) await request(path);
    // One that no rule names: when it is recorded, all before it were seen.
    await request('/last');
    await collector.requests(kept.length + 1);
    expect(collector.of('requests').map(({ fields }) => fields['url'])).toEqual([...kept, '/last']);
  });

  it('sees the whole path in a mounted application, and that of a URL with a host', async () => {
    const collector = new PointCollector();
    const inner = express();
    inner.use(influxMonitoring({ monitoring: collector, ignore: '/inner/health' }));
    const app = express();
    app.use('/inner', inner);
    const port = await listen(createServer(app));
    const { request } = await import('node:http');
    for (const path of ['/inner/health', 'http://host/inner/health?x', 'http://host', '/inner/other']) {
      await new Promise((resolve) => {
        request({ host: '127.0.0.1', port, path }, (response) => response.resume().on('end', resolve)).end();
      });
    }
    expect(await collector.requests(1)).toHaveLength(1);
  });
});

describe('sampling', () => {
  it('keeps successes by the rate, and failures and slow ones always, with the rate they were kept by', async () => {
    const { collector, request } = await start({ sampleRate: 0.25, slowSeconds: 0.05 }, (app) => {
      app.get('/slow', (_req, res) => {
        setTimeout(() => res.end(), 80);
      });
    });
    const random = vi.spyOn(Math, 'random');
    random.mockReturnValue(0.25);
    await request('/ok/left-out');
    await request('/fail/500');
    await request('/slow');
    random.mockReturnValue(0.2499);
    await request('/ok/kept');
    const points = await collector.requests(3);
    expect(routesOf(points)).toEqual(['GET:/fail/:status 500', 'GET:/slow 200', 'GET:/ok/:x 200']);
    expect(points.map(({ fields }) => fields['sample_rate'])).toEqual([1, 1, 0.25]);
    expect(collector.of('errors')).toHaveLength(1);
  });

  it('leaves nothing out of a series that is folded, whose counts would be too small', async () => {
    const monitoring = new LunaRequestInfluxMonitoring({ aggregate: { series: ['requests'] } });
    const { request } = await start({ monitoring, sampleRate: 0 });
    for (const path of ['/ok/1', '/ok/2', '/fail/500']) await request(path);
    await vi.waitFor(() => {
      expect(monitoring.stats().recorded).toBeGreaterThanOrEqual(4);
    });
    await monitoring.flush();
    const counts = monitoring.points({ series: 'requests_summary' }).map(({ fields }) => fields['count']);
    expect(counts.sort()).toEqual([1n, 2n]);
    expect(monitoring.points({ series: 'errors' })).toHaveLength(1);
    await monitoring.stop();
  });

  it('keeps no quick success at rate 0, and has no field at rate 1', async () => {
    const none = await start({ sampleRate: 0 });
    await none.request('/ok/1');
    await none.request('/fail/400');
    expect(routesOf(await none.collector.requests(1))).toEqual(['GET:/fail/:status 400']);
    const all = await start();
    await all.request('/ok/1');
    expect((await all.collector.requests(1))[0]?.fields).not.toHaveProperty('sample_rate');
  });
});

describe('fields on demand', () => {
  it('tells the first byte apart from the end', async () => {
    const { collector, request } = await start({ timeToFirstByte: true }, (app) => {
      app.get('/stream', (_req, res) => {
        res.writeHead(200);
        setTimeout(() => {
          res.flushHeaders();
          setTimeout(() => res.end('late'), 100);
        }, 50);
      });
    });
    await request('/stream');
    const [point] = await collector.requests(1);
    const firstByte = Number(point?.fields['time_to_first_byte']);
    expect(firstByte).toBeGreaterThanOrEqual(0.049);
    expect(Number(point?.fields['execution_time']) - firstByte).toBeGreaterThanOrEqual(0.099);
  });

  it('leaves the first byte out where none was written', async () => {
    const { collector, request } = await start({ bytesWritten: true, timeToFirstByte: true }, (app) => {
      app.get('/destroyed', (_req, res) => {
        res.destroy();
      });
    });
    await expect(request('/destroyed')).rejects.toThrow();
    const [point] = await collector.requests(1);
    expect(point?.fields).not.toHaveProperty('time_to_first_byte');
    expect(point?.fields['bytes_written']).toBe(0n);
  });

  it('counts the requests in flight, each with itself', async () => {
    const waiting: (() => void)[] = [];
    const { collector, request } = await start({ requestsInFlight: true }, (app) => {
      app.get('/wait', (_req, res) => {
        waiting.push(() => res.end());
        if (waiting.length === 3) for (const answer of waiting) answer();
      });
    });
    await Promise.all([request('/wait'), request('/wait'), request('/wait')]);
    await collector.requests(3);
    await request('/ok/1');
    const counts = (await collector.requests(4)).map(({ fields }) => fields['requests_in_flight']);
    expect(counts.toSorted()).toEqual([1n, 1n, 2n, 3n]);
  });
});

function fail(): never {
  throw new Error('a callback of the user');
}

/** Data of which one cannot be read, as of a model that is not loaded. */
function unreadable(data: object = { region: 'eu' }): Record<string, string> {
  return Object.defineProperty(data as Record<string, string>, 'plan', { enumerable: true, get: fail });
}
