import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { freePort } from './free-port.ts';
import { bucketOf, NATIVE_PATH, refusalOf, unitOf, wrongPrecision, type TokenState } from './strict-access.ts';
import { writeBatch, type BatchResult } from './strict-batch.ts';
import { writeBatch3 } from './strict-batch-3.ts';
import { decodeBody, readBody } from './strict-body.ts';
import { answerWithoutEnd, cutAnswer, Faults, resetConnection, type Fault } from './strict-faults.ts';
import { replyToQuestion } from './strict-questions.ts';
import { isOf2, send, type Reply, type StrictFlavour } from './strict-replies.ts';
import { keepRequest, type StrictRequest } from './strict-requests.ts';
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

const MAX_BODY_BYTES = {
  '1.6': 25_000_000,
  '1.8': 25_000_000,
  '2.7': 25_000_000,
  '2.9': 25_000_000,
  '3': 10 * 1024 * 1024,
};
const OLDEST_NS = -(2n ** 63n);

/** InfluxDB 1.6, 1.8, 2.7, 2.9 or 3 as strict as they are, with faults on order: what no real server can be made to do. */
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
  /** What the token may do in 2.x. */
  tokenState: TokenState = 'active';
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

  /** The id of a bucket or an organization: 16 hexadecimal digits, the same for a name at all times. */
  idOf(name: string): string {
    return createHash('sha256').update(name).digest('hex').slice(0, 16);
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
      const { flavour, tokenState } = this;
      const about = { flavour, token: this.#token, tokenState, bucketNames: [...this.#buckets.keys()] };
      send(response, replyToQuestion(about, request.headers, url));
      return;
    }
    const fault = this.faults.next();
    const body = await readBody(request, fault);
    if (body === undefined) keepRequest(this.requests, request, url, { status: 0 });
    else if (fault?.kind === 'endless') {
      keepRequest(this.requests, request, url, { status: fault.status, byteCount: body.length });
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
      keepRequest(this.requests, request, url, { status: fault.status, byteCount });
      response.writeHead(fault.status, { ...fault.headers }).end(fault.body);
      return;
    }
    if (fault?.kind === 'hang' || fault?.kind === 'cut') {
      keepRequest(this.requests, request, url, { status: 0, byteCount });
      if (fault.kind === 'cut') cutAnswer(response, fault.status);
      return;
    }
    if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    const written = this.#write(request, url, body);
    const { lineCount = 0, inflatedByteCount = 0 } = written;
    const reply = replyUnder(fault, written);
    const isReset = fault?.kind === 'store-then-reset';
    keepRequest(this.requests, request, url, {
      status: isReset ? 0 : reply.status,
      byteCount,
      lineCount,
      inflatedByteCount,
    });
    if (isReset) resetConnection(request);
    else send(response, reply);
  }

  #write({ method = '', headers }: IncomingMessage, url: URL, raw: Buffer): Written {
    const { flavour, organization, tokenState } = this;
    const access = {
      flavour,
      token: this.#token,
      tokenState,
      organization: [organization, this.idOf(organization)],
      hasBucket: (name: string): boolean => this.#bucketOf(name) !== undefined,
    };
    const refusal = refusalOf(access, method, headers, url);
    if (refusal !== undefined) return { reply: refusal };
    const body = decodeBody(flavour, raw, headers['content-encoding'], this.#maxBodyBytes);
    if ('refusal' in body) return { reply: body.refusal };
    const { reply, lineCount, storedCount } = this.#writeBatch(url, body.text);
    this.writtenCount += storedCount;
    const inflatedByteCount = Buffer.byteLength(body.text);
    // 1.8 finds fault with the precision, and stores the lines nevertheless (as nanoseconds).
    if (flavour !== '1.6' && unitOf(url, flavour) === undefined) {
      return { reply: wrongPrecision(flavour, url.searchParams.get('precision') ?? ''), lineCount };
    }
    return { reply, lineCount, storedCount, inflatedByteCount };
  }

  #writeBatch(url: URL, text: string): BatchResult {
    const { flavour } = this;
    const name = bucketOf(url, flavour);
    const store = this.storeOf(this.#bucketOf(name) ?? name);
    const unitNs = unitOf(url, flavour) ?? 1n;
    const arrivalNs = BigInt(Date.now()) * 1_000_000n;
    if (flavour === '3') {
      const isNative = url.pathname === NATIVE_PATH;
      const isPartial = isNative && url.searchParams.get('accept_partial') !== 'false';
      return writeBatch3(store, text, { arrivalNs, isNative, isPartial, unitNs });
    }
    const retentionSeconds = this.#retentionSeconds;
    const oldestNs =
      retentionSeconds === undefined ? OLDEST_NS : arrivalNs - BigInt(retentionSeconds * 1000) * 1_000_000n;
    return writeBatch(store, text, { flavour, unitNs, arrivalNs, oldestNs, retentionSeconds });
  }

  /** The name of a bucket that is named, or of which 2.x is told the id. */
  #bucketOf(nameOrId: string): string | undefined {
    const names = [...this.#buckets.keys()];
    const byId = isOf2(this.flavour) ? names.find((name) => this.idOf(name) === nameOrId) : undefined;
    return byId ?? names.find((name) => name === nameOrId);
  }
}

/** What came of a request to write; without counts where its body was not read. */
interface Written {
  readonly reply: Reply;
  readonly lineCount?: number;
  readonly storedCount?: number;
  readonly inflatedByteCount?: number;
}

/** What is said of a batch: in the fault's words where lines of it were refused. */
function replyUnder(fault: Fault | undefined, { reply, lineCount, storedCount = 0 }: Written): Reply {
  const isRefused = lineCount !== undefined && reply.status !== 204;
  return fault?.kind === 'reword' && isRefused ? fault.reword({ lineCount, storedCount }) : reply;
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
