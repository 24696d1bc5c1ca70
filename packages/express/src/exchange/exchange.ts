// Not the global one, here and in all of this package: that is behind a getter, 82 ns a look at the clock against 55.
import { performance } from 'node:perf_hooks';
import { UNMATCHED, type MessageState, read } from '@influx-monitoring/core/internal';
import type { Request, Response } from 'express';
import { learnRouters } from '../routing/follow-layers.ts';
import type { RoutePosition } from '../routing/position.ts';
import { resourceOf } from '../routing/route.ts';
import { isWhole, statusOnWire, unsentBytes } from './completeness.ts';
import { bytesToKernel } from './written-bytes.ts';

/** One monitoring's view of a request, in a list: nearly always the only one. */
export interface Measurement {
  readonly next: Measurement | undefined;
  readonly inFlight: number;
  readonly recorder: ExchangeRecorder;
  /** In seconds since the epoch. */
  readonly requestTime: number;
  /** In milliseconds of `performance.now()`. */
  readonly startedAtMs: number;
  /** Of the trace that was active when the request arrived, where it is asked for. */
  readonly traceId: string | undefined;
}

/** What makes points of a request that ended. It never throws. */
export interface ExchangeRecorder {
  readonly monitoring: object;
  record(exchange: Exchange, measurement: Measurement): void;
}

/** What an exchange is made from. */
export interface ExchangeInit {
  readonly isHttp2: boolean;
  readonly req: Request;
  readonly res: Response;
  readonly state: MessageState;
}

/** In the place of an exchange that has ended: what outlives it must not hold its request. */
export const ENDED = 'ended';

/** A request and its response, from the middleware to the response's end. */
export class Exchange {
  readonly req: Request;
  readonly res: Response;
  readonly state: MessageState;
  readonly isHttp2: boolean;
  measurements: Measurement | undefined;
  /** Those that wait for their turn on the same connection, until its own end. */
  waiting: Set<Exchange> | undefined;
  /** In milliseconds of `performance.now()`; 0 until then. */
  endedAtMs = 0;
  /** True when all of the response was handed to the operating system. */
  isFinished = false;
  hasEnded = false;
  /** True where the fields about writing are asked for. */
  hasWatchedWrites = false;
  /** As it was when the response was complete, since a handler may go on and call `next()` after answering. */
  resource: string | undefined;
  method = '';
  /** As it went over the wire; 0 until then. */
  statusCode = 0;
  /** In milliseconds of `performance.now()`; 0 while nothing was written. */
  firstByteAtMs = 0;
  /** What the connection had carried when this response got it; -1 while it waits for its turn. */
  socketBytesBefore = -1;
  /** Bytes of this response that were handed to the operating system, over HTTP/1 with its head and its chunks' frames. */
  bytesWritten = 0;
  /** Bytes of its body that were written over HTTP/2. */
  bodyBytes = 0;

  constructor({ isHttp2, req, res, state }: ExchangeInit) {
    this.req = req;
    this.res = res;
    this.state = state;
    this.isHttp2 = isHttp2;
  }

  /** Where the request is in the application's routers; `undefined` on connect and plain `node:http`. */
  get position(): RoutePosition | undefined {
    // Only a copy of this package puts a position there.
    return this.state.position as RoutePosition | undefined;
  }

  /** The error that made the request fail, as far as Express saw one. */
  get error(): unknown {
    return this.position?.error;
  }

  /** The head was written: whatever the application sets afterwards, this is what the client gets. */
  noteStatus(): void {
    try {
      this.statusCode = statusOnWire(this.res, this.isHttp2);
    } catch {
      // As above all: the response goes out.
    }
  }

  /** The response is complete, if perhaps not sent: what answered is known now. */
  settle(): void {
    if (this.resource !== undefined) return;
    if (this.statusCode === 0) this.noteStatus();
    try {
      this.method = read.method(this.req);
      if (this.position === undefined) learnRouters(this.req);
      this.resource = resourceOf(this);
    } catch {
      // A request whose getters throw is still a request, and its response still goes out.
      this.resource = UNMATCHED;
    }
  }

  /** The response ended before this request was routed any further, so no route will be known. */
  endBeforeRouting(): void {
    this.resource = UNMATCHED;
    this.method = this.req.method;
    this.noteStatus();
    this.isFinished = (this.isHttp2 || this.res.writableEnded) && isWhole(this);
    this.end();
  }

  /** A response is about to tell of an event. */
  beforeEvent(event: string): void {
    if (event === 'prefinish') this.settle();
    else if (event === 'finish') this.#finish();
    else if (event === 'socket') this.socketBytesBefore = this.req.socket.bytesWritten;
    else if (event === 'close') this.endedAtMs ||= performance.now();
  }

  /** All listeners have heard of an event: what they put on `req.monitoring` is on the points. */
  afterEvent(event: string): void {
    if (event === 'finish' || event === 'close') this.end();
  }

  /** The response came to its end. The first call counts. */
  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    if (this.endedAtMs === 0) this.endedAtMs = performance.now();
    if (!this.isFinished) this.#countSocketBytes();
    this.settle();
    for (let each = this.measurements; each !== undefined; each = each.next) each.recorder.record(this, each);
    this.waiting?.delete(this);
    this.state.exchange = ENDED;
    this.state.position = undefined;
  }

  #finish(): void {
    this.endedAtMs = performance.now();
    this.#countSocketBytes();
    this.isFinished = isWhole(this);
  }

  /**
   * Responses of one HTTP/1 connection follow each other, so what it carried since this one got it is this one's. To be
   * read before the end is told to others: then the next response gets the connection.
   */
  #countSocketBytes(): void {
    if (!this.hasWatchedWrites) return;
    if (this.isHttp2) this.bytesWritten = Math.max(this.bodyBytes - unsentBytes(this.res), 0);
    else if (this.socketBytesBefore >= 0) {
      this.bytesWritten = Math.max(bytesToKernel(this.req.socket) - this.socketBytesBefore, 0);
    }
  }
}
