import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import type { default as ExpressModule, Express, RequestHandler, Response } from 'express';
import { middlewareOf } from './http-variants.ts';

const RESPONSE_END = '"ok":true}';
const ROUTES_PER_ROUTER = 100;

/** What a service is made from. */
export interface HttpServiceInit {
  /** One of `HTTP_VARIANTS`. */
  readonly variant: string;
  /** Of our monitoring, in seconds. @defaultValue 1 */
  readonly flushingPeriod?: number;
  readonly routeCount: number;
  /** A pair of streams in memory, so that the kernel's noise stays out, or a real socket. */
  readonly transport: 'memory' | 'socket';
}

/** An Express service with one monitoring, and who asks it. */
export class HttpService {
  readonly #routeCount: number;
  readonly #transport: HttpServiceInit['transport'];
  readonly #server: Server;
  readonly #connections: Duplex[] = [];
  /** Answers that wait until as many requests are in flight as are wanted. */
  #waiting: Response[] = [];
  #wantedInFlight = 1;
  /** So that each order goes on with the routes where the one before ended. */
  #askedCount = 0;

  private constructor(
    { routeCount, transport }: HttpServiceInit,
    express: typeof ExpressModule,
    handlers: readonly RequestHandler[],
  ) {
    this.#routeCount = routeCount;
    this.#transport = transport;
    this.#server = createServer(this.#buildApp(express, handlers) as RequestListener);
    // Connections wait for their turn, longer than a server usually waits.
    this.#server.keepAliveTimeout = 0;
  }

  static async start(init: HttpServiceInit): Promise<HttpService> {
    // The instrumentation of OpenTelemetry wraps modules while they load: it must come first.
    const handlers = await middlewareOf(init.variant, init.flushingPeriod ?? 1);
    const { default: express } = await import('express');
    const service = new HttpService(init, express, handlers);
    if (init.transport === 'socket') {
      await new Promise<void>((resolve) => service.#server.listen(0, '127.0.0.1', resolve));
    }
    return service;
  }

  /**
   * Sends so many requests.
   *
   * @param inFlight - how many are on their way at the same time
   * @param onEach - called before each that is sent
   */
  async request(times: number, inFlight: number, onEach?: () => void): Promise<void> {
    this.#wantedInFlight = inFlight;
    while (this.#connections.length < inFlight) this.#connections.push(await this.#openConnection());
    const connections = this.#connections.slice(0, inFlight);
    for (let done = 0; done < times; done += inFlight) {
      onEach?.();
      await Promise.all(connections.map((connection) => this.#ask(connection)));
    }
  }

  #buildApp(express: typeof ExpressModule, handlers: readonly RequestHandler[]): Express {
    const app = express();
    app.disable('x-powered-by').disable('etag');
    for (const handler of handlers) app.use(handler);
    const answer: RequestHandler = (_request, response) => {
      this.#answer(response);
    };
    for (let first = 0; first < this.#routeCount; first += ROUTES_PER_ROUTER) {
      const router = express.Router();
      for (let index = first; index < Math.min(first + ROUTES_PER_ROUTER, this.#routeCount); index += 1) {
        router.get(`/resource-${String(index)}/:id`, answer);
      }
      app.use(`/group-${String(first / ROUTES_PER_ROUTER)}`, router);
    }
    return app;
  }

  #answer(response: Response): void {
    this.#waiting.push(response);
    if (this.#waiting.length < this.#wantedInFlight) return;
    const answers = this.#waiting;
    this.#waiting = [];
    for (const one of answers) one.json({ ok: true });
  }

  #ask(connection: Duplex): Promise<void> {
    const index = this.#askedCount;
    this.#askedCount += 1;
    const route = (index * 7919) % this.#routeCount;
    const path = `/group-${String(Math.floor(route / ROUTES_PER_ROUTER))}/resource-${String(route)}/${String(index)}`;
    return new Promise((resolve) => {
      const onData = (chunk: Buffer): void => {
        if (!chunk.toString('latin1').endsWith(RESPONSE_END)) return;
        connection.off('data', onData);
        resolve();
      };
      connection.on('data', onData);
      connection.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`);
    });
  }

  async #openConnection(): Promise<Duplex> {
    if (this.#transport === 'socket') {
      const socket = connect((this.#server.address() as AddressInfo).port, '127.0.0.1').setNoDelay();
      await new Promise((resolve) => socket.once('connect', resolve));
      return socket;
    }
    const [client, peer] = duplexPair();
    this.#server.emit('connection', peer);
    return client;
  }
}
