import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect as connectHttp2, constants, createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, type Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import express, { type RequestHandler, type Response } from 'express';
import { influxMonitoring } from '@influx-monitoring/express';
import { afterAll, describe, expect, it } from 'vitest';
import { EXPRESS_VERSIONS, type Express } from '../support/express-versions.ts';
import { createMoment, listen, routesOf } from '../support/listen.ts';
import { PointCollector } from '../support/point-collector.ts';

const SIZE = 20_000_000;
const BODY = Buffer.alloc(SIZE, 'x');

const folder = mkdtempSync(join(tmpdir(), 'influx-monitoring-cut-'));
writeFileSync(join(folder, 'large.bin'), BODY);
writeFileSync(join(folder, 'small.txt'), 'all of it');
afterAll(() => {
  rmSync(folder, { force: true, recursive: true });
});

/** Each way to answer; the body is far more than a client's window and the kernel take. */
const ANSWERS: Readonly<Record<string, RequestHandler>> = {
  send: (_req, res) => res.send(BODY),
  json: (_req, res) => res.json({ text: BODY.toString() }),
  end: (_req, res) => res.end(BODY),
  'write and end': (_req, res) => {
    res.write(BODY);
    res.end();
  },
  sendFile: (_req, res) => {
    res.sendFile(join(folder, 'large.bin'));
  },
  pipe: (_req, res) => {
    Readable.from([BODY]).pipe(res);
  },
};

/** Each way to lose the connection. */
const CUTS: Readonly<Record<string, (cut: { client: Socket; response: Response; server: Server }) => void>> = {
  'the client leaves': ({ client }) => client.destroy(),
  'the client resets': ({ client }) => client.resetAndDestroy(),
  'the handler destroys the response': ({ response }) => response.destroy(),
  'the connection has a timeout': ({ response: { req } }) => req.socket.setTimeout(1, () => req.socket.destroy()),
  'the server closes all connections': ({ server }) => {
    server.closeAllConnections();
  },
};

/** What the combinations run on: each kind of router, and over TLS. */
const GROUNDS: readonly (readonly [name: string, load: () => Express, isSecure: boolean])[] = [
  ...EXPRESS_VERSIONS.filter(({ name }) => /^4\.22|^5\.2.*router 2\.2/.test(name)).map(
    (version) => [version.name, () => version.load(), false] as const,
  ),
  ['the newest', () => express, false],
  ['the newest, over https', () => express, true],
];

const COMBINATIONS = Object.keys(ANSWERS).flatMap((answer) => Object.keys(CUTS).map((cut) => [answer, cut] as const));

/** A key, and the certificate that it signed itself. */
function makeCertificate() {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const kind = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  execFileSync('openssl', [...kind, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { cert: readFileSync(cert), key: readFileSync(key) };
}

it('runs on Express 4 and on routers 2.2 and 2.3', () => {
  expect(GROUNDS).toHaveLength(4);
});

describe.each(GROUNDS)(
  'a response of which some is still in this process, on Express %s',
  (_ground, load, isSecure) => {
    const loaded = load();
    const certificate = isSecure ? makeCertificate() : undefined;

    it.each(COMBINATIONS)('is a 499 by %s when %s', async (answer, cut) => {
      const { collector, cutOff } = await begin(ANSWERS[answer], 'HTTP/1.1');
      await cutOff(CUTS[cut]);
      const [point] = await collector.requests(1);
      expect(routesOf(collector.points)).toEqual(['GET:/large/:id 499', 'GET:/large/:id 499']);
      // What the kernel got is what went to the client's window and the kernel's own buffers.
      expect(Number(point?.fields['bytes_written'])).toBeGreaterThan(0);
      expect(Number(point?.fields['bytes_written'])).toBeLessThan(SIZE);
    });

    it('is a 499 over HTTP/1.0', async () => {
      const { collector, cutOff } = await begin(ANSWERS['send'], 'HTTP/1.0');
      await cutOff(({ client }) => client.destroy());
      await collector.requests(1);
      expect(routesOf(collector.points)).toEqual(['GET:/large/:id 499', 'GET:/large/:id 499']);
    });

    it('is a 499 where the middleware gets it when it was over', async () => {
      const collector = new PointCollector();
      const middleware = influxMonitoring({ monitoring: collector });
      const answered = createMoment();
      const server = createServer((req, res) => {
        res.end(BODY);
        res.on('close', () => {
          middleware(req, res, () => undefined);
        });
        answered.happens();
      });
      const client = connect(await listen(server), '127.0.0.1');
      client.write('GET /large/1 HTTP/1.1\r\nHost: x\r\n\r\n');
      await answered.happened;
      await once(client, 'readable');
      client.destroy();
      expect(routesOf(await collector.requests(1))).toEqual(['GET:unmatched 499']);
    });

    async function begin(answer: RequestHandler | undefined, version: string) {
      const collector = new PointCollector();
      const app = loaded();
      app.set('env', 'test');
      const answering = createMoment();
      let response: Response | undefined;
      app.use(influxMonitoring({ bytesWritten: true, monitoring: collector }));
      app.get('/large/:id', (req, res, next) => {
        response = res;
        answering.happens();
        answer?.(req, res, next);
      });
      const server = certificate === undefined ? createServer(app) : createHttpsServer(certificate, app);
      const client = connect(await listen(server), '127.0.0.1').on('error', () => undefined);
      const socket = isSecure ? connectTls({ rejectUnauthorized: false, socket: client }) : client;
      const stream: Duplex = socket.on('error', () => undefined);
      stream.write(`GET /large/1 ${version}\r\nHost: x\r\n\r\n`);
      await answering.happened;
      // The first bytes are here, and nobody takes more.
      await once(stream, 'readable');
      const cutOff = async (cut: (typeof CUTS)[string] | undefined): Promise<void> => {
        // Until the kernel takes no more, which a connection tells by what waits in it.
        while (response?.socket?.writableLength === 0) await new Promise(setImmediate);
        if (response !== undefined) cut?.({ client, response, server });
      };
      return { collector, cutOff };
    }
  },
);

describe('a response that was handed over in full', () => {
  it.each(['send', 'end', 'write', 'file'])('keeps its status by %s, whatever comes after', async (way) => {
    const collector = new PointCollector();
    const app = express();
    app.use(influxMonitoring({ monitoring: collector }));
    app.get('/small/:id', (_req, res) => {
      res.on('finish', () => res.req.socket.destroy());
      if (way === 'send') res.send('all of it');
      else if (way === 'end') res.end('all of it');
      else if (way === 'file') res.sendFile(join(folder, 'small.txt'));
      else {
        res.write('all ');
        res.end('of it');
      }
    });
    const client = connect(await listen(createServer(app)), '127.0.0.1').on('error', () => undefined);
    client.write('GET /small/1 HTTP/1.1\r\nHost: x\r\n\r\n');
    client.resume();
    expect(routesOf(await collector.requests(1))).toEqual(['GET:/small/:id 200']);
  });
});

describe('the status', () => {
  it('is the one that went over the wire', async () => {
    const collector = new PointCollector();
    const app = express();
    app.use(influxMonitoring({ monitoring: collector }));
    app.get('/x', (_req, res) => {
      res.writeHead(404);
      res.statusCode = 200;
      res.end();
    });
    const port = await listen(createServer(app));
    expect((await fetch(`http://127.0.0.1:${String(port)}/x`)).status).toBe(404);
    expect(routesOf(await collector.requests(1))).toEqual(['GET:/x 404']);
  });
});

describe('over HTTP/2', () => {
  it.each([
    [
      'the client cancels',
      ({ stream }: Http2Cut) => {
        stream.close(constants.NGHTTP2_CANCEL);
      },
    ],
    [
      'the client leaves',
      ({ client }: Http2Cut) => {
        client.destroy();
      },
    ],
    [
      'the server destroys the session',
      ({ response }: Http2Cut) => {
        response.stream.session.destroy();
      },
    ],
    [
      'the server destroys the stream',
      ({ response }: Http2Cut) => {
        response.stream.destroy();
      },
    ],
  ])('is a 499 when %s', async (_name, cut) => {
    const collector = new PointCollector();
    let response: Http2Cut['response'] | undefined;
    const { client, open } = await startHttp2(collector, (_req, res) => {
      response = res as unknown as Http2Cut['response'];
      res.end(BODY);
    });
    const stream = open('/large');
    stream.on('error', () => undefined);
    await once(stream, 'readable');
    if (response !== undefined) cut({ client, response, stream });
    const [point] = await collector.requests(1);
    expect(routesOf(collector.points)).toEqual(['GET:unmatched 499', 'GET:unmatched 499']);
    expect(Number(point?.fields['bytes_written'])).toBeLessThan(SIZE);
    client.destroy();
  });

  it('is the status of an answer by the stream itself', async () => {
    const collector = new PointCollector();
    const { client, open } = await startHttp2(collector, (req, res) => {
      const { stream } = res as unknown as Http2Cut['response'];
      if (req.url === '/file') stream.respondWithFile(join(folder, 'small.txt'));
      else if (req.url === '/none') stream.respond({ ':status': 204 }, { endStream: true });
      else {
        stream.respond({ ':status': 201 });
        stream.end('created');
      }
    });
    for (const path of ['/file', '/none', '/created']) {
      const stream = open(path);
      stream.resume();
      await once(stream, 'close');
    }
    expect(routesOf(await collector.requests(3))).toEqual([
      'GET:unmatched 200',
      'GET:unmatched 204',
      'GET:unmatched 201',
    ]);
    client.destroy();
  });

  interface Http2Cut {
    readonly client: ReturnType<typeof connectHttp2>;
    readonly response: {
      readonly stream: {
        readonly session: { destroy(): void };
        destroy(): void;
        end(text: string): void;
        respond(headers: object, options?: object): void;
        respondWithFile(path: string): void;
      };
    };
    readonly stream: ReturnType<ReturnType<typeof connectHttp2>['request']>;
  }

  async function startHttp2(collector: PointCollector, handle: RequestHandler) {
    const middleware = influxMonitoring({ bytesWritten: true, monitoring: collector });
    const server = createHttp2Server((req, res) => {
      const [request, response] = [req, res] as unknown as Parameters<RequestHandler>;
      middleware(request, response, () => {
        void handle(request, response, () => undefined);
      });
    });
    const client = connectHttp2(`http://127.0.0.1:${String(await listen(server))}`).on('error', () => undefined);
    const open = (path: string) => client.request({ ':path': path });
    return { client, open };
  }
});
