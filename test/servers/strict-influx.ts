import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { freePort } from './free-port.ts';
import { bucketOf, NATIVE_PATH, refusalOf, unitOf } from './strict-access.ts';
import { writeBatch } from './strict-batch.ts';
import { decodeBody, readBody } from './strict-body.ts';
import { answerWithoutEnd, cutAnswer, Faults, resetConnection, type Fault } from './strict-faults.ts';
import { failure, isOf2, send, type Reply, type StrictFlavour } from './strict-replies.ts';
import { StrictStore } from './strict-store.ts';

/** Options of `startStrictInflux`. */
export interface StrictInfluxOptions {
  /** @defaultValue `luna_monitoring` */
  readonly bucket?: string;
  /** @defaultValue `2.7` */
  readonly flavour?: StrictFlavour;
  /** Bytes of a body, inflated in 2.7 and 3, as they come in 1.8. @defaultValue 10 MiB in 3, 25,000,000 else */
  readonly maxBodyBytes?: number;
  /** @defaultValue `luna` */
  readonly organization?: string;
  /** Points older than this many seconds are refused. @defaultValue for ever */
  readonly retentionSeconds?: number;
  /** @defaultValue `token` */
  readonly token?: string;
}

/** A request that came to `/write` or `/api/v2/write`. */
export interface StrictRequest {
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly path: string;
  /** With the question mark; empty where there is none. */
  readonly query: string;
  /** Without `authorization`. */
  readonly headers: IncomingHttpHeaders;
  /** The status that was answered; 0 where none was. */
  readonly status: number;
  /** Lines of a batch that was read; 0 where it was refused before. */
  readonly lineCount: number;
  /** As they came over the wire. */
  readonly byteCount: number;
  readonly inflatedByteCount: number;
  readonly isGzip: boolean;
}

const MAX_REQUESTS_KEPT = 10_000;
const MAX_BODY_BYTES = { '1.8': 25_000_000, '2.7': 25_000_000, '2.9': 25_000_000, '3': 10 * 1024 * 1024 };
const VERSIONS = { '1.8': '1.8.10', '2.7': 'v2.7.11', '2.9': 'v2.9.1', '3': '3.9.6' };
const OLDEST_NS = -(2n ** 63n);

/** InfluxDB 1.8, 2.7 or 3 as strict as they are, with faults on order: what no real server can be made to do. */
export class StrictInflux {
  readonly faults = new Faults();
  /** The last requests to write, the oldest first. */
  readonly requests: StrictRequest[] = [];
  readonly flavour: StrictFlavour;
  readonly organization: string;
  readonly bucket: string;
  /** Lines that were stored, those that came again included. */
  writtenCount = 0;
  readonly #maxBodyBytes: number;
  readonly #retentionSeconds: number | undefined;
  readonly #buckets = new Map<string, StrictStore>();
  #token: string;
  #server: Server | undefined;
  #port = 0;

  constructor(options: StrictInfluxOptions = {}) {
    this.flavour = options.flavour ?? '2.7';
    this.organization = options.organization ?? 'luna';
    this.bucket = options.bucket ?? 'luna_monitoring';
    this.#token = options.token ?? 'token';
    this.#maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES[this.flavour];
    this.#retentionSeconds = options.retentionSeconds;
    this.createBucket(this.bucket);
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}`;
  }

  /** The store of the first bucket. */
  get store(): StrictStore {
    return this.storeOf(this.bucket);
  }

  /** The store of a bucket. @throws where there is none of that name */
  storeOf(bucket: string): StrictStore {
    const store = this.#buckets.get(bucket);
    if (store === undefined) throw new Error(`there is no bucket ${bucket}`);
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
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
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
    if (!url.pathname.endsWith('/write') && url.pathname !== NATIVE_PATH) {
      send(response, this.#replyToOther(request, url));
      return;
    }
    const fault = this.faults.next();
    const body = await readBody(request, fault);
    if (body === undefined) this.#log(request, url, { status: 0 });
    else if (fault?.kind === 'endless') {
      this.#log(request, url, { status: fault.status, byteCount: body.length });
      answerWithoutEnd(response, fault.status);
    } else await this.#answer(request, response, url, body, fault);
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    body: Buffer,
    fault: Fault | undefined,
  ): Promise<void> {
    const byteCount = body.length;
    if (fault?.kind === 'answer') {
      this.#log(request, url, { status: fault.status, byteCount });
      response.writeHead(fault.status, { ...fault.headers }).end(fault.body);
      return;
    }
    if (fault?.kind === 'hang' || fault?.kind === 'cut') {
      this.#log(request, url, { status: 0, byteCount });
      if (fault.kind === 'cut') cutAnswer(response, fault.status);
      return;
    }
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    const { reply, ...counts } = this.#write(request, url, body);
    const isReset = fault?.kind === 'store-then-reset';
    this.#log(request, url, { status: isReset ? 0 : reply.status, byteCount, ...counts });
    if (isReset) resetConnection(request);
    else send(response, reply);
  }

  #write(
    { method = '', headers }: IncomingMessage,
    url: URL,
    raw: Buffer,
  ): { readonly reply: Reply; readonly lineCount?: number; readonly inflatedByteCount?: number } {
    const { flavour, organization } = this;
    const hasBucket = (name: string): boolean => this.#buckets.has(name);
    const refusal = refusalOf({ flavour, token: this.#token, organization, hasBucket }, method, headers, url);
    if (refusal !== undefined) return { reply: refusal };
    const body = decodeBody(flavour, raw, headers['content-encoding'], this.#maxBodyBytes);
    if ('refusal' in body) return { reply: body.refusal };
    const unitNs = unitOf(url, flavour);
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    const retentionSeconds = this.#retentionSeconds;
    const { reply, lineCount, storedCount } = writeBatch(this.storeOf(bucketOf(url, flavour)), body.text, {
      flavour,
      isPartial: url.pathname === NATIVE_PATH && url.searchParams.get('accept_partial') !== 'false',
      unitNs: unitNs ?? 1n,
      arrivalNs: nowNs,
      oldestNs: retentionSeconds === undefined ? OLDEST_NS : nowNs - BigInt(retentionSeconds * 1000) * 1_000_000n,
    });
    this.writtenCount += storedCount;
    const inflatedByteCount = Buffer.byteLength(body.text);
    // 1.8 finds fault with the precision, and stores the lines nevertheless (as nanoseconds).
    if (unitNs === undefined) return { reply: failure(flavour, 400, '', 'invalid precision'), lineCount };
    return { reply, lineCount, inflatedByteCount };
  }

  #replyToOther({ headers }: IncomingMessage, { pathname }: URL): Reply {
    const { flavour } = this;
    if (pathname === '/ping') return { status: 204, headers: { 'x-influxdb-version': VERSIONS[flavour] } };
    if (pathname === '/health') {
      const health = { name: 'influxdb', message: 'ready for queries and writes', status: 'pass' };
      return { status: 200, body: { ...health, checks: [], version: VERSIONS[flavour] } };
    }
    if (!isOf2(flavour) || pathname !== '/api/v2/buckets') return failure(flavour, 404, 'not found', 'path not found');
    if (headers.authorization !== `Token ${this.#token}`) {
      return failure(flavour, 401, 'unauthorized', 'unauthorized access');
    }
    return { status: 200, body: { buckets: [...this.#buckets.keys()].map((name) => ({ name, type: 'user' })) } };
  }

  #log(
    { headers }: IncomingMessage,
    { pathname, search }: URL,
    about: Pick<StrictRequest, 'status'> & Partial<StrictRequest>,
  ): void {
    const open = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'));
    const isGzip = headers['content-encoding'] === 'gzip';
    const counts = { lineCount: 0, byteCount: 0, inflatedByteCount: 0 };
    this.requests.push({
      timeMs: Date.now(),
      path: pathname,
      query: search,
      headers: open,
      isGzip,
      ...counts,
      ...about,
    });
    if (this.requests.length > MAX_REQUESTS_KEPT) this.requests.shift();
  }
}

/**
 * Starts a strict server on a free port of 127.0.0.1.
 *
 * @example
 * const influx = await startStrictInflux({ flavour: '3' });
 * influx.faults.push({ kind: 'answer', status: 429, headers: { 'retry-after': '2' } });
 */
export async function startStrictInflux(options?: StrictInfluxOptions): Promise<StrictInflux> {
  const server = new StrictInflux(options);
  await server.listen();
  return server;
}
