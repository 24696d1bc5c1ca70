import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '@influx-monitoring/test-servers';
import {
  Influx1MonitoringAdapter,
  Influx1Settings,
  Influx2MonitoringAdapter,
  Influx2Settings,
  type BaseMonitoringAdapter,
} from '@influx-monitoring/core';
import { batchOfText } from '@influx-monitoring/core/internal';
import { startAnsweringServer, type AnsweringServer } from '../support/answering-server.ts';

const LINES = ['m,t=ä f=1 1', 'm,t=b f=2 2'];
const BATCH = batchOfText(LINES.join('\n'));
const never = (): AbortSignal => new AbortController().signal;

interface Address {
  readonly host: string;
  readonly port: number;
}

const ADAPTERS: readonly [string, (address: Address) => BaseMonitoringAdapter][] = [
  [
    'Influx1MonitoringAdapter',
    (address) =>
      new Influx1MonitoringAdapter({ settings: new Influx1Settings({ ...address, ssl: false, dbName: 'db' }) }),
  ],
  [
    'Influx2MonitoringAdapter',
    (address) =>
      new Influx2MonitoringAdapter({
        settings: new Influx2Settings({ ...address, ssl: false, organization: 'o', bucket: 'b', token: 't' }),
      }),
  ],
];

describe.each(ADAPTERS)('%s', (_name, create) => {
  let server: AnsweringServer;
  let adapter: BaseMonitoringAdapter;

  beforeEach(async () => {
    server = await startAnsweringServer();
    adapter = create(server);
  });

  afterEach(async () => {
    adapter.close();
    await server[Symbol.asyncDispose]();
  });

  function answer(status: number, body = '', headers: Record<string, string> = {}): void {
    server.answer = (response) => response.writeHead(status, headers).end(body);
  }

  it('sends the lines as they are, in one request', async () => {
    expect(await adapter.write(BATCH, never())).toEqual({ kind: 'delivered' });
    expect(server.requests.map(({ body }) => body)).toEqual([BATCH.lines]);
  });

  it('keeps one connection for many writes', async () => {
    const ports = new Set<unknown>();
    server.answer = (response) => {
      ports.add(response.socket?.remotePort);
      response.writeHead(204).end();
    };
    for (let index = 0; index < 5; index += 1) await adapter.write(BATCH, never());
    expect(ports.size).toBe(1);
  });

  it('closes its connection', async () => {
    await adapter.write(BATCH, never());
    adapter.close();
    await server.untilClosed();
    expect(server.openSockets()).toBe(0);
  });

  it('lets a write under way end before it closes', async () => {
    let pending: ServerResponse | undefined;
    const received = new Promise<void>((resolve) => {
      server.answer = (response) => {
        pending = response;
        resolve();
      };
    });
    const write = adapter.write(BATCH, never());
    await received;
    adapter.close();
    pending?.writeHead(204).end();
    expect(await write).toEqual({ kind: 'delivered' });
    await server.untilClosed();
  });

  it.each([
    [
      400,
      '{"error":"partial write: points beyond retention policy dropped=1"}',
      { kind: 'refused', refusedLines: [{ index: 0 }] },
    ],
    [400, `{"error":"unable to parse '${LINES[1] ?? ''}': no"}`, { kind: 'refused', refusedLines: [{ index: 1 }] }],
    [401, '{"error":"authorization failed"}', { kind: 'retry', needsOperator: true }],
    [404, '{"error":"database not found: \\"db\\""}', { kind: 'retry', needsOperator: true }],
    [413, '{"error":"Request Entity Too Large"}', { kind: 'split' }],
    [302, '', { kind: 'retry', needsOperator: true }],
  ])('reads an answer of status %s', async (status, body, expected) => {
    answer(status, body, { 'content-type': 'application/json' });
    expect(await adapter.write(BATCH, never())).toMatchObject(expected);
  });

  it.each([500, 502, 503, 504])('tries again after an answer of status %s', async (status) => {
    answer(status, 'away');
    expect(await adapter.write(BATCH, never())).toMatchObject({ kind: 'retry' });
    answer(204);
    // The host is not put aside: the next write goes out.
    expect(await adapter.write(BATCH, never())).toEqual({ kind: 'delivered' });
    expect(server.requests).toHaveLength(2);
  });

  it('waits as long as a 429 says, in seconds', async () => {
    answer(429, '{"code":"too many requests","message":"later"}', { 'retry-after': '30' });
    expect(await adapter.write(BATCH, never())).toMatchObject({ kind: 'retry', notBeforeMs: 30_000 });
  });

  it('waits until the date that a 429 says', async () => {
    answer(429, '', { 'retry-after': new Date(Date.now() + 60_000).toUTCString() });
    const outcome = await adapter.write(BATCH, never());
    expect(outcome.kind === 'retry' && outcome.notBeforeMs).toBeGreaterThan(55_000);
    expect(outcome.kind === 'retry' && outcome.notBeforeMs).toBeLessThanOrEqual(60_000);
  });

  it('tries again when nothing listens', async () => {
    const away = create({ host: '127.0.0.1', port: await freePort() });
    const outcome = await away.write(BATCH, never());
    expect(outcome).toMatchObject({ kind: 'retry' });
    expect(outcome.kind === 'retry' && outcome.reason).toContain('ECONNREFUSED');
    // At once again, as delivery says and no sooner.
    expect(await away.write(BATCH, never())).toEqual(outcome);
  });

  it('tries again after a reset', async () => {
    server.answer = (response) => response.socket?.resetAndDestroy();
    const outcome = await adapter.write(BATCH, never());
    expect(outcome.kind === 'retry' && outcome.reason).toMatch(/ECONNRESET|hang up|aborted/);
  });

  it.each([
    ['before an answer', () => undefined],
    [
      'in the middle of an answer',
      (response: ServerResponse) => response.writeHead(200, { 'content-length': '10' }).write('x'),
    ],
    [
      'in the middle of a failure',
      (response: ServerResponse) => response.writeHead(503, { 'content-length': '10' }).write('x'),
    ],
    [
      'in the middle of a refusal',
      (response: ServerResponse) => response.writeHead(400, { 'content-length': '10' }).write('x'),
    ],
  ])('ends an attempt at its deadline, its socket with it: %s', async (_when, respond) => {
    const received = new Promise<void>((resolve) => {
      server.answer = (response) => {
        respond(response);
        resolve();
      };
    });
    const attempt = new AbortController();
    const write = adapter.write(BATCH, attempt.signal);
    await received;
    attempt.abort();
    expect(await write).toMatchObject({ kind: 'retry' });
    await server.untilClosed();
    answer(204);
    expect(await adapter.write(BATCH, never())).toEqual({ kind: 'delivered' });
  });

  it('does not begin an attempt whose deadline has passed', async () => {
    expect(await adapter.write(BATCH, AbortSignal.abort())).toMatchObject({ kind: 'retry' });
    expect(server.requests).toEqual([]);
  });

  it('tries again after an answer that was cut', async () => {
    server.answer = (response) => {
      response.writeHead(500, { 'content-length': '1000', 'content-type': 'application/json' });
      response.write('{"code":', () => response.socket?.destroy());
    };
    const attempt = AbortSignal.timeout(500);
    expect(await adapter.write(BATCH, attempt)).toMatchObject({ kind: 'retry' });
  });

  it('reaches an address of version 6', async () => {
    await using other = await startAnsweringServer('::1');
    const sixth = create(other);
    expect(await sixth.write(BATCH, never())).toEqual({ kind: 'delivered' });
    sixth.close();
    expect(other.requests).toHaveLength(1);
  });
});

describe('Influx1MonitoringAdapter', () => {
  it.each([
    ['user and password', { username: 'u', password: 'p:ä' }, `Basic ${Buffer.from('u:p:ä').toString('base64')}`],
    ['a user alone', { username: 'u' }, `Basic ${Buffer.from('u:').toString('base64')}`],
    ['nobody', {}, undefined],
  ])('sends the credentials of %s', async (_who, credentials, expected) => {
    await using server = await startAnsweringServer();
    const settings = new Influx1Settings({
      host: server.host,
      port: server.port,
      ssl: false,
      dbName: 'a b',
      ...credentials,
    });
    const adapter = new Influx1MonitoringAdapter({ settings });
    await adapter.write(BATCH, never());
    adapter.close();
    const [request] = server.requests;
    expect(request?.headers.authorization).toBe(expected);
    const url = new URL(request?.url ?? '', 'http://x');
    expect(url.pathname).toBe('/write');
    expect(url.searchParams.get('db')).toBe('a b');
    expect(url.searchParams.get('precision')).toBe('n');
    expect(adapter.dbName).toBe('a b');
  });

  it('gives a client of its own', async () => {
    await using server = await startAnsweringServer();
    const settings = new Influx1Settings({ host: server.host, port: server.port, ssl: false, dbName: 'db' });
    await Influx1MonitoringAdapter.getClient(settings).writePoints([{ measurement: 'm', fields: { f: 1 } }]);
    expect(server.requests).toHaveLength(1);
  });
});

describe('Influx2MonitoringAdapter', () => {
  const MANY = batchOfText(Array.from({ length: 200 }, (_, index) => `m f=1 ${String(index)}`).join('\n'));

  function create(server: AnsweringServer, organization = 'o r'): Influx2MonitoringAdapter {
    const address = { host: server.host, port: server.port, ssl: false };
    return new Influx2MonitoringAdapter({
      settings: new Influx2Settings({ ...address, organization, bucket: 'b&c', token: 't' }),
    });
  }

  it('sends organization, bucket, precision and token', async () => {
    await using server = await startAnsweringServer();
    const adapter = create(server);
    await adapter.write(BATCH, never());
    adapter.close();
    const [request] = server.requests;
    const url = new URL(request?.url ?? '', 'http://x');
    expect(url.pathname).toBe('/api/v2/write');
    expect(Object.fromEntries(url.searchParams)).toEqual({ org: 'o r', bucket: 'b&c', precision: 'ns' });
    expect(request?.headers.authorization).toBe('Token t');
    expect(request?.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(request?.headers['content-encoding']).toBeUndefined();
    expect(adapter.bucket).toBe('b&c');
  });

  it('sends bodies from a kilobyte on as gzip', async () => {
    await using server = await startAnsweringServer();
    const adapter = create(server);
    await adapter.write(MANY, never());
    adapter.close();
    expect(server.requests[0]?.headers['content-encoding']).toBe('gzip');
    expect(server.requests[0]?.body).toBe(MANY.lines);
  });

  it.each([
    [400, '{"error":"gzip: invalid header"}'],
    [415, 'Unsupported Content-Encoding'],
    [400, '{"error":"malformed body"}'],
    [500, '{"error":"cannot read content-encoding"}'],
  ])('sends plain text once a %s refused gzip', async (status, body) => {
    await using server = await startAnsweringServer();
    server.answer = (response, { headers }) =>
      headers['content-encoding'] === 'gzip' ? response.writeHead(status).end(body) : response.writeHead(204).end();
    const adapter = create(server);
    expect(await adapter.write(MANY, never())).toEqual({ kind: 'delivered' });
    expect(await adapter.write(MANY, never())).toEqual({ kind: 'delivered' });
    adapter.close();
    expect(server.requests.map(({ headers }) => headers['content-encoding'])).toEqual(['gzip', undefined, undefined]);
  });

  it('keeps gzip where only a refused line speaks of it', async () => {
    await using server = await startAnsweringServer();
    server.answer = (response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: "unable to parse 'm,t=gzip: f=1': no gzip" }));
    };
    const adapter = create(server);
    const batch = batchOfText(`m,t=gzip: f=1\n${MANY.lines}`);
    expect(await adapter.write(batch, never())).toMatchObject({ kind: 'refused', refusedLines: [{ index: 0 }] });
    await adapter.write(batch, never());
    adapter.close();
    expect(server.requests[1]?.headers['content-encoding']).toBe('gzip');
  });

  it.each([
    ['a page of another server', 'text/html', '<html>'],
    ['JSON of another server', 'application/json', '{"hello":true}'],
    ['what is no JSON', 'application/json', '{'],
  ])('needs an operator where 200 brings %s', async (_what, type, body) => {
    await using server = await startAnsweringServer();
    server.answer = (response) => response.writeHead(200, { 'content-type': type }).end(body);
    const adapter = create(server);
    expect(await adapter.write(BATCH, never())).toMatchObject({ kind: 'retry', needsOperator: true });
    adapter.close();
  });

  it('gives a client of its own', async () => {
    await using server = await startAnsweringServer();
    const address = { host: server.host, port: server.port, ssl: false };
    const settings = new Influx2Settings({ ...address, organization: 'o', bucket: 'b', token: 't' });
    await Influx2MonitoringAdapter.getClient(settings).transport.request('/ping', '', { method: 'GET' });
    expect(server.requests.map(({ url }) => url)).toEqual(['/ping']);
  });
});
