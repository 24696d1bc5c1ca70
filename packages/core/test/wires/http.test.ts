import dns from 'node:dns';
import { Agent, createServer as createHttpServer, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Influx1Settings, Influx2Settings, Influx3Settings, type InfluxAddress } from '../../src/wires/settings.ts';
import { batchOfText } from '../../src/batch/batch.ts';
import type { Outcome, Wire } from '../../src/batch/outcome.ts';
import { createWire } from '../../src/wires/create-wire.ts';
import { startAnsweringServer } from '../support/answering-server.ts';

const BATCH = batchOfText('m,t=a f=1 1\nm,t=b f=2 2');
const never = (): AbortSignal => new AbortController().signal;

const WIRES: readonly [string, (address: InfluxAddress) => Wire][] = [
  ['1', (address) => createWire(new Influx1Settings({ ...address, dbName: 'db' }))],
  ['2', (address) => createWire(new Influx2Settings({ ...address, organization: 'o', bucket: 'b', token: 't' }))],
  ['3', (address) => createWire(new Influx3Settings({ ...address, database: 'db', token: 't' }))],
];

async function listen(server: Server, host = '127.0.0.1', port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return (server.address() as AddressInfo).port; // it listens on a port
}

async function close(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}

describe.each(WIRES)('the wire to InfluxDB %s', (_version, create) => {
  const PLAIN = Buffer.alloc(64 * 1024, 'a');
  const BOMBS: Readonly<Record<string, Buffer>> = {
    gzip: gzipSync(Buffer.alloc(4 * 1024 * 1024, 'a')),
    deflate: deflateSync(Buffer.alloc(4 * 1024 * 1024, 'a')),
  };

  it.each([
    [200, 'plain'],
    [201, 'plain'],
    [302, 'plain'],
    [400, 'plain'],
    [400, 'gzip'],
    [401, 'gzip'],
    [413, 'plain'],
    [500, 'deflate'],
    [503, 'gzip'],
  ])('ends an answer without end: %s, %s', async (status, form) => {
    await using server = await startAnsweringServer();
    let sentBytes = 0;
    server.answer = (response) => {
      const bomb = BOMBS[form];
      const packing = bomb === undefined ? {} : { 'content-encoding': form };
      response.writeHead(status, { 'content-type': 'application/json', ...packing });
      const write = (): void => {
        while (!response.destroyed) {
          const chunk = bomb ?? PLAIN;
          sentBytes += chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', write);
            return;
          }
        }
      };
      write();
    };
    const wire = create({ ...server, ssl: false });
    const { kind } = await wire.write(BATCH, never());
    expect(kind).toBe(status === 201 ? 'delivered' : status === 413 ? 'split' : status === 400 ? 'refused' : 'retry');
    await server.untilClosed();
    // What the socket's buffers took beside what was read.
    expect(sentBytes).toBeLessThan(16 * 1024 * 1024);
    wire.close();
  });

  it('tries again where an answer is not packed as it says', async () => {
    await using server = await startAnsweringServer();
    server.answer = (response) => response.writeHead(400, { 'content-encoding': 'gzip' }).end('no gzip');
    const wire = create({ ...server, ssl: false });
    expect(await wire.write(BATCH, never())).toMatchObject({ kind: 'retry' });
    wire.close();
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['Deflate', deflateSync],
  ])('reads a refusal that is packed: %s', async (packing, pack) => {
    await using server = await startAnsweringServer();
    const body = pack(JSON.stringify({ error: "unable to parse 'm,t=b f=2 2': no" }));
    server.answer = (response) => response.writeHead(400, { 'content-encoding': packing }).end(body);
    const wire = create({ ...server, ssl: false });
    expect(await wire.write(BATCH, never())).toMatchObject({ refusedLines: [{ index: 1 }] });
    wire.close();
  });

  it.each([
    ['nothing', (): undefined => undefined],
    [
      'a header without end',
      (response: ServerResponse) => response.socket?.write(`HTTP/1.1 204 OK\r\nx: ${'a'.repeat(1000)}`),
    ],
    ['a drop now and then', (response: ServerResponse) => response.writeHead(400).write('x')],
  ])('ends the request at its deadline: %s', async (_what, answer) => {
    await using server = await startAnsweringServer();
    server.answer = answer;
    const wire = create({ ...server, ssl: false });
    expect(await wire.write(BATCH, AbortSignal.timeout(100))).toMatchObject({ kind: 'retry' });
    await server.untilClosed();
    wire.close();
  });

  it('tries again where the other side speaks no HTTP', async () => {
    const server = createTcpServer((socket) => socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n'));
    const wire = create({ host: '127.0.0.1', port: await listen(server), ssl: false });
    expect(await wire.write(BATCH, never())).toMatchObject({ kind: 'retry' });
    wire.close();
    await close(server);
  });

  it('tries again where the other side wants another protocol', async () => {
    await using server = await startAnsweringServer();
    server.answer = (response) =>
      response.socket?.end('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n');
    const wire = create({ ...server, ssl: false });
    expect(await wire.write(BATCH, AbortSignal.timeout(2000))).toMatchObject({ kind: 'retry' });
    wire.close();
  });

  it('sends once more what met an idle connection that was closed', async () => {
    await using server = await startAnsweringServer();
    let count = 0;
    server.answer = (response) => {
      count += 1;
      if (count === 2) response.socket?.resetAndDestroy();
      else response.writeHead(204).end();
    };
    const wire = create({ ...server, ssl: false });
    await wire.write(BATCH, never());
    expect(await wire.write(BATCH, never())).toEqual({ kind: 'delivered' });
    expect(count).toBe(3);
    wire.close();
  });

  it('has a path before its own', async () => {
    await using server = await startAnsweringServer();
    const wire = create({ ...server, ssl: false, path: '/insert/0/influx' });
    await wire.write(BATCH, never());
    expect(server.requests[0]?.url).toMatch(/^\/insert\/0\/influx\/(write|api\/v2\/write|api\/v3\/write_lp)\?/);
    wire.close();
  });

  it('goes through an agent of the user', async () => {
    await using server = await startAnsweringServer();
    class Proxying extends Agent {
      count = 0;
      override createConnection(): ReturnType<typeof connect> {
        this.count += 1;
        return connect(server.port, server.host);
      }
    }
    const agent = new Proxying({ keepAlive: true });
    const wire = create({ host: 'influx.example', port: 8086, ssl: false, agent });
    expect(await wire.write(BATCH, never())).toEqual({ kind: 'delivered' });
    expect(await wire.write(BATCH, never())).toEqual({ kind: 'delivered' });
    expect(agent.count).toBe(1);
    server.answer = (response) => response.writeHead(503).end();
    await wire.write(BATCH, never());
    await wire.write(BATCH, never());
    // Not over the connection that failed, as with our own agent.
    expect(agent.count).toBe(2);
    wire.close();
    agent.destroy();
  });
});

describe('a name that leads elsewhere', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([401, 404, 408, 429, 500, 503])('is looked up anew after a %s', async (status) => {
    let address = '127.0.0.1';
    const lookup = dns.lookup.bind(dns) as (...all: unknown[]) => void;
    vi.spyOn(dns, 'lookup').mockImplementation((...all: unknown[]) => {
      const [name, options, done] = all as [string, { all?: boolean }, (...found: unknown[]) => void];
      if (name !== 'influx.example') lookup(...all);
      else process.nextTick(done, null, ...(options.all === true ? [[{ address, family: 4 }]] : [address, 4]));
    });
    let isDown = false;
    const asked = { old: 0, next: 0 };
    const old = createHttpServer((request, response) => {
      asked.old += 1;
      request.resume().on('end', () => response.writeHead(isDown ? status : 204).end());
    });
    const next = createHttpServer((request, response) => {
      asked.next += 1;
      request.resume().on('end', () => response.writeHead(204).end());
    });
    const port = await listen(old);
    await listen(next, '127.0.0.2', port);
    const wire = createWire(
      new Influx2Settings({ host: 'influx.example', port, ssl: false, organization: 'o', bucket: 'b', token: 't' }),
    );
    await wire.write(BATCH, never());
    address = '127.0.0.2';
    await wire.write(BATCH, never());
    expect(asked).toEqual({ old: 2, next: 0 });
    isDown = true;
    expect(await wire.write(BATCH, never())).toMatchObject({ kind: 'retry' });
    expect(await wire.write(BATCH, never())).toEqual({ kind: 'delivered' });
    expect(asked).toEqual({ old: 3, next: 1 });
    wire.close();
    await Promise.all([close(old), close(next)]);
  });
});

describe('TLS', () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'wires-tls-'));
    const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
    for (const name of ['ca', 'other']) {
      openssl(
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.pem`,
        '-subj',
        `/CN=${name}`,
      );
    }
    writeFileSync(file('san'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
    for (const name of ['server', 'client']) {
      openssl(
        'req',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
        '-subj',
        `/CN=${name}`,
      );
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        '2',
        '-extfile',
        'san',
        '-out',
        `${name}.pem`,
      );
    }
    return () => {
      rmSync(folder, { recursive: true });
    };
  });

  async function write(tls: Influx2Settings['tls'], isClientDemanded = false): Promise<Outcome> {
    const server = createTlsServer(
      {
        cert: readFileSync(file('server.pem')),
        key: readFileSync(file('server.key')),
        ca: readFileSync(file('ca.pem')),
        requestCert: isClientDemanded,
        rejectUnauthorized: isClientDemanded,
      },
      (request, response) => request.resume().on('end', () => response.writeHead(204).end()),
    );
    const port = await listen(server);
    const wire = createWire(
      new Influx2Settings({ host: '127.0.0.1', port, ssl: true, organization: 'o', bucket: 'b', token: 't', tls }),
    );
    const outcome = await wire.write(BATCH, never());
    wire.close();
    server.closeAllConnections();
    await close(server);
    return outcome;
  }

  it('trusts an authority of the user', async () => {
    expect(await write({ caFile: file('ca.pem') })).toEqual({ kind: 'delivered' });
  });

  it.each([
    ['no authority', undefined],
    ['another authority', 'other.pem'],
  ])('does not trust a server with %s', async (_which, name) => {
    const outcome = await write(name === undefined ? undefined : { caFile: file(name) });
    expect(outcome).toMatchObject({ kind: 'retry' });
  });

  it('shows the certificate of the client', async () => {
    expect(await write({ caFile: file('ca.pem') }, true)).toMatchObject({ kind: 'retry' });
    const own = { caFile: file('ca.pem'), certFile: file('client.pem'), keyFile: file('client.key') };
    expect(await write(own, true)).toEqual({ kind: 'delivered' });
  });

  it('names a file that cannot be read, at the start', async () => {
    await expect(write({ caFile: file('missing.pem') })).rejects.toMatchObject({
      code: 'ERR_OPTION_TYPE',
      message: expect.stringContaining('tls.caFile') as string,
    });
  });
});

describe('the wire to InfluxDB 3', () => {
  it.each([
    [false, 't', 'Bearer t'],
    [true, '', undefined],
  ])('asks for the good lines of a batch to be stored (noSync %s)', async (noSync, token, authorization) => {
    await using server = await startAnsweringServer();
    const wire = createWire(new Influx3Settings({ ...server, ssl: false, database: 'a b', noSync, token }));
    await wire.write(BATCH, never());
    wire.close();
    const url = new URL(server.requests[0]?.url ?? '', 'http://x');
    expect(url.pathname).toBe('/api/v3/write_lp');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      db: 'a b',
      precision: 'nanosecond',
      accept_partial: 'true',
      ...(noSync && { no_sync: 'true' }),
    });
    expect(server.requests[0]?.headers.authorization).toBe(authorization);
  });

  it('reads a list of 5,000 bad lines whole', async () => {
    await using server = await startAnsweringServer();
    const lines = Array.from(
      { length: 5000 },
      (_, index) => `m,t=${'x'.repeat(60)} f="${String(index + 10_000)}" ${String(index)}`,
    );
    server.answer = (response) => {
      const data = lines.map((line, index) => ({
        error_message: `Unable to parse integer value '${String(index + 10_000)}'`,
        line_number: index + 1,
        original_line: line.slice(0, 20),
      }));
      response.writeHead(400).end(JSON.stringify({ error: 'partial write of line protocol occurred', data }));
    };
    const wire = createWire(new Influx3Settings({ ...server, ssl: false, database: 'd' }));
    const outcome = await wire.write(batchOfText(lines.join('\n')), never());
    wire.close();
    expect(outcome.kind === 'refused' && outcome.refusedLines).toHaveLength(5000);
    expect(new Set(outcome.kind === 'refused' ? outcome.refusedLines?.map(({ reason }) => reason) : [])).toEqual(
      new Set(["HTTP 400: Unable to parse integer value '…'"]),
    );
  });
});

describe('a conflict of types that names fewer lines than were dropped', () => {
  it('sends those it may mean alone, and names them where all of them are refused', async () => {
    await using server = await startAnsweringServer();
    const conflict =
      'field type conflict: input field "f" on measurement "m" is type float, already exists as type string';
    server.answer = (response, { body }) => {
      const floats = body.split('\n').filter((line) => line.includes('f=1')).length;
      // Another conflict, which goes unmentioned.
      const others = body.split('\n').filter((line) => line.includes('g=1')).length;
      response
        .writeHead(422)
        .end(JSON.stringify({ message: `partial write: ${conflict} dropped=${String(floats + others)}` }));
    };
    const wire = createWire(new Influx2Settings({ ...server, ssl: false, organization: 'o', bucket: 'b', token: 't' }));
    const outcome = await wire.write(batchOfText('m f=1 1\nm g=1 2\nm h=1 3\nm f=1 4'), never());
    wire.close();
    expect(outcome).toMatchObject({ refusedLines: [{ index: 0 }, { index: 3 }] });
    expect(server.requests.map(({ body }) => body)).toEqual(['m f=1 1\nm g=1 2\nm h=1 3\nm f=1 4', 'm f=1 1\nm f=1 4']);
  });
});
