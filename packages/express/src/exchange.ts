import { performance } from 'node:perf_hooks';
import type { Request, Response } from 'express';
import { POSITION, UNMATCHED, type RoutePosition } from './position.ts';
import { read } from './read.ts';
import { ENDED, EXCHANGE, type RequestMonitoringData } from './request-data.ts';
import { resourceOf } from './route.ts';

/** One monitoring's view of a request, in a list: nearly always the only one. */
export interface Measurement {
  readonly next: Measurement | undefined;
  readonly inFlight: number;
  readonly recorder: ExchangeRecorder;
  /** In seconds since the epoch. */
  readonly requestTime: number;
  /** In milliseconds of `performance.now()`. */
  readonly startedAtMs: number;
}

/** What makes points of a request that ended. It never throws. */
export interface ExchangeRecorder {
  readonly monitoring: object;
  record(exchange: Exchange, measurement: Measurement): void;
}

/** What an exchange is made from. */
export interface ExchangeInit {
  readonly data: RequestMonitoringData;
  readonly isHttp2: boolean;
  readonly position: RoutePosition | undefined;
  readonly req: Request;
  readonly res: Response;
}

/** A request and its response, from the middleware to the response's end. */
export class Exchange {
  readonly req: Request;
  readonly res: Response;
  readonly data: RequestMonitoringData;
  readonly isHttp2: boolean;
  readonly position: RoutePosition | undefined;
  measurements: Measurement | undefined;
  /** Where it is found by its response until it ends. */
  table: Map<object, Exchange> | undefined;
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
  statusCode = 0;
  /** In milliseconds of `performance.now()`; 0 while nothing was written. */
  firstByteAtMs = 0;
  /** What the connection had carried when this response got it; -1 while it waits for its turn. */
  socketBytesBefore = -1;
  /** Bytes of this response, over HTTP/1 with its head and its chunks' frames. */
  bytesWritten = 0;

  constructor({ data, isHttp2, position, req, res }: ExchangeInit) {
    this.req = req;
    this.res = res;
    this.data = data;
    this.position = position;
    this.isHttp2 = isHttp2;
  }

  /** The error that made the request fail, as far as Express saw one. */
  get error(): unknown {
    return this.position?.error;
  }

  /** The response is complete, if perhaps not sent: what answered is known now. */
  settle(): void {
    if (this.resource !== undefined) return;
    this.statusCode = read(this.res, 'statusCode');
    try {
      this.method = read(this.req, 'method');
      this.resource = resourceOf(this);
    } catch {
      // A request whose getters throw is still a request, and its response still goes out.
      this.resource = UNMATCHED;
    }
  }

  /** Is found in a table by its response, until it ends. */
  follow(table: Map<object, Exchange>): void {
    this.table = table;
    table.set(this.res, this);
  }

  /** The response ended before this request was routed any further, so no route will be known. */
  endBeforeRouting(): void {
    this.resource = UNMATCHED;
    this.method = this.req.method;
    this.statusCode = this.res.statusCode;
    this.isFinished = this.res.writableFinished;
    this.end();
  }

  /** The response came to its end. The first call counts. */
  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.table?.delete(this.res);
    if (this.endedAtMs === 0) this.endedAtMs = performance.now();
    if (!this.isFinished) this.countSocketBytes();
    this.settle();
    for (let each = this.measurements; each !== undefined; each = each.next) each.recorder.record(this, each);
    this.data[EXCHANGE] = ENDED;
    this.data[POSITION] = undefined;
  }

  /**
   * Responses of one HTTP/1 connection follow each other, so what it carried since this one got it is this one's. To be
   * read before the end is told to others: then the next response gets the connection.
   */
  countSocketBytes(): void {
    if (!this.hasWatchedWrites || this.socketBytesBefore < 0) return;
    this.bytesWritten = this.req.socket.bytesWritten - this.socketBytesBefore;
  }
}
