import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { gunzipSync } from 'node:zlib';
import { freePort } from './free-port.ts';
import { LineError, parseLine, splitLines, type ParsedLine } from './line-parser.ts';
import { cutAnswer, Faults, resetConnection, type Fault } from './strict-faults.ts';
import { StrictStore } from './strict-store.ts';

/** Which InfluxDB it imitates; 1.8 takes /write, the others /api/v2/write. */
export type StrictFlavour = '1.8' | '2.7' | '3';

/** Options of `startStrictInflux`. */
export interface StrictInfluxOptions {
  /** @defaultValue `2.7` */
  readonly flavour?: StrictFlavour;
  readonly token?: string;
  readonly organization?: string;
  readonly bucket?: string;
  /** Bytes of a body, inflated in 2.7 and 3, as they come in 1.8. @defaultValue 10 MiB in 3, 25,000,000 else */
  readonly maxBodyBytes?: number;
  /** Points older than this many seconds are refused. @defaultValue for ever */
  readonly retentionSeconds?: number;
}

/** A request that came to `/write` or `/api/v2/write`. */
export interface StrictRequest {
  readonly path: string;
  readonly status: number;
  readonly lineCount: number;
  readonly byteCount: number;
  readonly isGzip: boolean;
}

const MAX_REQUESTS_KEPT = 10_000;
const NS_BY_PRECISION: Readonly<Record<string, bigint>> = {
  ns: 1n,
  n: 1n,
  us: 1000n,
  u: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
};

interface Reply {
  readonly status: number;
  readonly body?: object;
}

/** InfluxDB 1.8, 2.7 or 3 as strict as they are, with faults on order: what no real server can be made to do. */
export class StrictInflux {
  readonly faults = new Faults();
  readonly requests: StrictRequest[] = [];
  readonly flavour: StrictFlavour;
  readonly organization: string;
  /** Lines that were stored, those that came again included. */
  writtenCount = 0;
  readonly #options: StrictInfluxOptions;
  readonly #buckets = new Map<string, StrictStore>();
  #token: string;
  #server: Server | undefined;
  #port = 0;

  constructor(options: StrictInfluxOptions = {}) {
    this.#options = options;
    this.flavour = options.flavour ?? '2.7';
    this.organization = options.organization ?? 'luna';
    this.#token = options.token ?? 'token';
    this.createBucket(this.bucket);
  }

  get bucket(): string {
    return this.#options.bucket ?? 'luna_monitoring';
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}`;
  }

  /** The store of the first bucket. */
  get store(): StrictStore {
    const store = this.#buckets.get(this.bucket);
    if (store === undefined) throw new Error(`the bucket ${this.bucket} was dropped`);
    return store;
  }

  /** Sockets that are open now. */
  openSockets(): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#server === undefined) resolve(0);
      else {
        this.#server.getConnections((error, count) => {
          if (error === null) resolve(count);
          else reject(error);
        });
      }
    });
  }

  rotateToken(token: string): void {
    this.#token = token;
  }

  createBucket(name: string): void {
    if (!this.#buckets.has(name)) this.#buckets.set(name, new StrictStore());
  }

  dropBucket(name: string): void {
    this.#buckets.delete(name);
  }

  /** Starts to listen, on the same port as before where it did. */
  async listen(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    const server = createServer((request, response) => {
      void this.#handle(request, response);
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
  }

  /** Refuses connections from now on, and closes those that are open. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  stop(): Promise<void> {
    return this.refuse();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    if (!url.pathname.endsWith('/write')) {
      send(response, { status: url.pathname === '/ping' ? 204 : url.pathname === '/health' ? 200 : 404 });
      return;
    }
    const fault = this.faults.next();
    const body = await readBody(request, fault);
    if (body === undefined) return;
    await this.#answer(request, response, url, body, fault);
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    body: Buffer,
    fault: Fault | undefined,
  ): Promise<void> {
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'cut') {
      cutAnswer(response, fault.status);
      return;
    }
    if (fault?.kind === 'answer') {
      this.#log(request, url, fault.status, 0, body.length);
      response.writeHead(fault.status, { ...fault.headers }).end(fault.body);
      return;
    }
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    const reply = this.#write(request, url, body);
    if (fault?.kind === 'store-then-reset') resetConnection(request);
    else send(response, reply);
  }

  #write(request: IncomingMessage, url: URL, body: Buffer): Reply {
    let lineCount = 0;
    const reply = this.#refusal(request, url) ?? this.#store(request, url, body, (count) => (lineCount = count));
    this.#log(request, url, reply.status, lineCount, body.length);
    return reply;
  }

  #refusal({ method, headers }: IncomingMessage, url: URL): Reply | undefined {
    const { flavour } = this;
    if (url.pathname !== (flavour === '1.8' ? '/write' : '/api/v2/write'))
      return failure(flavour, 404, 'not found', 'path not found');
    if (method !== 'POST') return failure(flavour, 405, 'method not allowed', 'method not allowed');
    if (flavour === '1.8') {
      const name = url.searchParams.get('db') ?? '';
      return this.#buckets.has(name) ? undefined : failure(flavour, 404, '', `database not found: "${name}"`);
    }
    return this.#refusalOfVersion2(headers, url);
  }

  #refusalOfVersion2(headers: IncomingHttpHeaders, url: URL): Reply | undefined {
    const { flavour } = this;
    const schemes = flavour === '3' ? ['Token', 'Bearer'] : ['Token'];
    if (!schemes.some((scheme) => headers.authorization === `${scheme} ${this.#token}`)) {
      return failure(flavour, 401, 'unauthorized', 'unauthorized access');
    }
    if (flavour === '2.7' && url.searchParams.get('org') !== this.organization) {
      return failure(flavour, 404, 'not found', `organization name "${url.searchParams.get('org') ?? ''}" not found`);
    }
    const name = url.searchParams.get('bucket') ?? '';
    if (!this.#buckets.has(name)) return failure(flavour, 404, 'not found', `bucket "${name}" not found`);
    const precision = url.searchParams.get('precision') ?? 'ns';
    return ['ns', 'us', 'ms', 's'].includes(precision)
      ? undefined
      : failure(flavour, 400, 'invalid', `invalid precision; valid precision units are ns, us, ms, and s`);
  }

  #store(request: IncomingMessage, url: URL, raw: Buffer, countLines: (count: number) => void): Reply {
    const { flavour } = this;
    const limit = this.#options.maxBodyBytes ?? (flavour === '3' ? 10 * 1024 * 1024 : 25_000_000);
    const body = inflate(raw, request.headers['content-encoding']);
    if (body === undefined)
      return failure(flavour, flavour === '2.7' ? 500 : 400, 'internal error', 'gzip: invalid header');
    if ((flavour === '1.8' ? raw : body).length > limit)
      return failure(flavour, 413, 'request too large', 'Request Entity Too Large');
    const text = body.toString('utf8');
    if (flavour === '3' && (text === '' || text.includes('�')))
      return failure(flavour, 400, 'invalid', 'empty or no UTF-8');
    const lines = splitLines(text);
    countLines(lines.length);
    const { parsed, bad } = parseAll(lines, flavour);
    if (bad.length > 0 && flavour !== '1.8') return wholeBatchRefused(flavour, bad);
    const unit = NS_BY_PRECISION[url.searchParams.get('precision') ?? 'ns'] ?? 1n;
    return this.#keep(url, parsed, bad, unit);
  }

  #keep(url: URL, parsed: readonly ParsedLine[], bad: readonly BadLine[], unit: bigint): Reply {
    const { flavour } = this;
    const store = this.#buckets.get(url.searchParams.get(flavour === '1.8' ? 'db' : 'bucket') ?? '');
    if (store === undefined) return failure(flavour, 404, 'not found', 'bucket not found');
    const { retentionSeconds } = this.#options;
    const oldest =
      retentionSeconds === undefined ? -(2n ** 63n) : BigInt(Date.now() - retentionSeconds * 1000) * 1_000_000n;
    const arrival = BigInt(Date.now()) * 1_000_000n;
    const stampOf = (line: ParsedLine): bigint => (line.timestamp === undefined ? arrival : line.timestamp * unit);
    const kept = parsed.filter((line) => stampOf(line) >= oldest);
    const { storedCount, conflict, conflictCount } = store.write(kept, stampOf);
    this.writtenCount += storedCount;
    const droppedCount = conflictCount + parsed.length - kept.length;
    const partialStatus = flavour === '2.7' ? 422 : 400;
    if (droppedCount > 0) {
      const reason = conflict ?? 'points beyond retention policy';
      return failure(
        flavour,
        partialStatus,
        'unprocessable entity',
        `partial write: ${reason} dropped=${String(droppedCount)}`,
      );
    }
    if (bad.length === 0) return { status: 204 };
    const errors = bad.map(({ text, reason }) => `unable to parse '${text}': ${reason}`).join('\n');
    return failure(flavour, 400, 'invalid', parsed.length === 0 ? errors : `partial write: ${errors} dropped=0`);
  }

  #log({ headers }: IncomingMessage, { pathname }: URL, status: number, lineCount: number, byteCount: number): void {
    this.requests.push({
      path: pathname,
      status,
      lineCount,
      byteCount,
      isGzip: headers['content-encoding'] === 'gzip',
    });
    if (this.requests.length > MAX_REQUESTS_KEPT) this.requests.shift();
  }
}

/** Starts a strict server on a free port of 127.0.0.1. */
export async function startStrictInflux(options?: StrictInfluxOptions): Promise<StrictInflux> {
  const server = new StrictInflux(options);
  await server.listen();
  return server;
}

/** The whole body, or nothing where the connection ended before. */
async function readBody(request: IncomingMessage, fault: Fault | undefined): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (fault?.kind === 'reset' && length >= fault.afterBytes) {
        resetConnection(request);
        return undefined;
      }
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

function inflate(body: Buffer, encoding: string | undefined): Buffer | undefined {
  if (encoding !== 'gzip') return body;
  try {
    return gunzipSync(body);
  } catch {
    return undefined;
  }
}

/** A line that could not be read, and why. */
interface BadLine {
  readonly text: string;
  readonly number: number;
  readonly reason: string;
}

function parseAll(
  lines: ReturnType<typeof splitLines>,
  flavour: StrictFlavour,
): { readonly parsed: ParsedLine[]; readonly bad: BadLine[] } {
  const parsed: ParsedLine[] = [];
  const bad: BadLine[] = [];
  for (const { text, number } of lines) {
    try {
      const line = parseLine(text);
      if (flavour === '3') checkColumns(line);
      parsed.push(line);
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      bad.push({ text, number, reason: error.message });
    }
  }
  return { parsed, bad };
}

/** Version 3 has one table a measurement: a column can be one thing only. */
function checkColumns({ tags, fields, repeatedField }: ParsedLine): void {
  if (repeatedField !== undefined) throw new LineError(`field ${repeatedField} appears twice`);
  for (const name of fields.keys()) {
    if (tags.has(name)) throw new LineError(`column ${name} is both a tag and a field`);
  }
}

function wholeBatchRefused(flavour: StrictFlavour, bad: readonly BadLine[]): Reply {
  if (flavour === '2.7') {
    const errors = bad.map(({ text, reason }) => `unable to parse '${text}': ${reason}`).join('\n');
    return failure(flavour, 400, 'invalid', errors);
  }
  const data = bad.map(({ text, number, reason }) => ({
    original_line: text,
    line_number: number,
    error_message: reason,
  }));
  return { status: 400, body: { error: 'parsing failed for write_lp endpoint', data } };
}

function failure(flavour: StrictFlavour, status: number, code: string, message: string): Reply {
  return { status, body: flavour === '2.7' ? { code, message } : { error: message } };
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
