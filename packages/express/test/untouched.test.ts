import { channel } from 'node:diagnostics_channel';
import { createServer, IncomingMessage, ServerResponse, type OutgoingHttpHeaders } from 'node:http';
import { influxMonitoring, uninstrumentExpress } from '@influx-monitoring/express';
import type { RequestHandler } from 'express';
import { beforeEach, describe, expect, it } from 'vitest';
import { EXPRESS_VERSIONS, type Express } from './support/express-versions.ts';
import { listen, routesOf } from './support/listen.ts';
import { PointCollector } from './support/point-collector.ts';

beforeEach(() => {
  uninstrumentExpress();
});

/** What of Node and of an Express this package replaces. */
function replaced(express: Express): unknown[] {
  const router = express.Router().use(() => undefined) as unknown as { readonly stack: object[] };
  const [layer = {}] = router.stack;
  const layerPrototype = Object.getPrototypeOf(layer) as Readonly<Record<string, unknown>>;
  return [
    Object.getOwnPropertyDescriptor(ServerResponse.prototype, 'emit'),
    Object.getOwnPropertyDescriptor(ServerResponse.prototype, 'writeHead')?.value,
    Object.getOwnPropertySymbols(ServerResponse.prototype).map(String),
    'monitoring' in IncomingMessage.prototype,
    channel('http.server.request.start').hasSubscribers,
    channel('tracing:express.router.request:start').hasSubscribers,
    layerPrototype['handleRequest'] ?? layerPrototype['handle_request'],
    layerPrototype['handleError'] ?? layerPrototype['handle_error'],
    Reflect.get(router, 'handle'),
    Object.getOwnPropertySymbols(layerPrototype).map(String),
  ];
}

describe.each(EXPRESS_VERSIONS)('Express $name', (version) => {
  const express = version.load();

  it('is as it was after uninstrumentExpress(), records nothing more, and records again', async () => {
    const before = replaced(express);
    const collector = new PointCollector();
    const first = await serve(express, influxMonitoring({ monitoring: collector }));
    const { header } = await first();
    expect(header).not.toBeNull();
    expect(replaced(express)).not.toEqual(before);
    uninstrumentExpress();
    expect(replaced(express)).toEqual(before);
    expect(await first()).toEqual({ header: null, text: 'gold' });
    expect(replaced(express)).toEqual(before);
    const again = await serve(express, influxMonitoring({ monitoring: collector }));
    await again();
    expect(routesOf(await collector.requests(2))).toEqual(['GET:/users/:id 200', 'GET:/users/:id 200']);
  });

  it('is not touched where monitoring is off, and handlers go on', async () => {
    const before = replaced(express);
    const monitoring = new PointCollector();
    monitoring.isEnabled = false;
    const ask = await serve(express, influxMonitoring({ monitoring }));
    expect(await ask()).toEqual({ header: null, text: 'gold' });
    expect(replaced(express)).toEqual(before);
    expect(monitoring.points).toEqual([]);
  });
});

async function serve(express: Express, middleware: RequestHandler) {
  const app = express();
  app.use(middleware);
  app.get('/users/:id', (req, res) => {
    req.monitoring.tags['plan'] = 'gold';
    res.send(req.monitoring.tags['plan']);
  });
  const port = await listen(createServer(app));
  return async () => {
    const response = await fetch(`http://127.0.0.1:${String(port)}/users/1`);
    return { header: response.headers.get('luna-request-id'), text: await response.text() };
  };
}

describe('the head of a response', () => {
  const COOKIES = ['a=1', 'b=2'];

  it.each<[string, (res: ServerResponse) => void]>([
    ['a flat array', (res) => res.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'])],
    ['a flat array after a reason', (res) => res.writeHead(200, 'Fine', ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'])],
    [
      'an array of pairs',
      (res) =>
        res.writeHead(200, [
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
          // Node takes pairs, its types do not know it.
        ] as unknown as OutgoingHttpHeaders),
    ],
    ['an object', (res) => res.writeHead(200, { 'Set-Cookie': COOKIES })],
    ['what was set before', (res) => res.setHeader('Set-Cookie', COOKIES)],
    [
      'what was set before, and an object',
      (res) => {
        res.setHeader('Set-Cookie', COOKIES);
        res.writeHead(200, 'Fine', { 'X-Other': '1' });
      },
    ],
    [
      'flushed headers',
      (res) => {
        res.setHeader('Set-Cookie', COOKIES).flushHeaders();
      },
    ],
  ])('has the id and both cookies by %s, and nothing before it is written', async (_name, write) => {
    const monitoring = new PointCollector();
    const { headers, seen } = await answer(monitoring, (res) => {
      write(res);
      res.end();
    });
    expect(headers.getSetCookie()).toEqual(COOKIES);
    expect(headers.get('luna-request-id')).toBe('the-id');
    expect(seen).toEqual({});
    await monitoring.requests(1);
  });

  it.each<[string, (res: ServerResponse) => void]>([
    ['set before', (res) => res.setHeader('luna-request-id', 'own')],
    ['in a flat array', (res) => res.writeHead(200, ['luna-request-ID', 'own'])],
    ['in an object', (res) => res.writeHead(200, { 'LUNA-request-id': 'own' })],
  ])('has the id that the application gives it, %s', async (_name, write) => {
    const { headers } = await answer(new PointCollector(), (res) => {
      write(res);
      res.end();
    });
    expect(headers.get('luna-request-id')).toBe('own');
  });

  it('has the id where the application failed to write another first', async () => {
    const { headers, status } = await answer(new PointCollector(), (res) => {
      expect(() => res.writeHead(99)).toThrow(RangeError);
      expect(() => res.writeHead(200, ['odd'])).toThrow();
      res.statusCode = 500;
      res.end();
    });
    expect([status, headers.get('luna-request-id')]).toEqual([500, 'the-id']);
  });

  async function answer(monitoring: PointCollector, write: (res: ServerResponse) => void) {
    const middleware = influxMonitoring({ getRequestId: () => 'the-id', monitoring });
    let seen: object | undefined;
    const server = createServer((req, res) => {
      middleware(req, res, () => {
        seen = { ...res.getHeaders() };
        write(res);
      });
    });
    const response = await fetch(`http://127.0.0.1:${String(await listen(server))}/`);
    await response.text();
    return { headers: response.headers, seen, status: response.status };
  }
});
