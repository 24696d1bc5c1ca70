import type { IncomingMessage } from 'node:http';
import type { BaseMonitoring } from '@influx-monitoring/core';
import { replaceMethod, STATUS_NOT_FINISHED, traceIdOf, UNMATCHED, type Patch } from '@influx-monitoring/core/internal';

/** A handshake that is over. */
export interface EndedHandshake {
  /** In seconds. */
  readonly executionTime: number;
  readonly request: IncomingMessage;
  /** When it began, in seconds since the epoch. */
  readonly requestTime: number;
  /** Of the handshake's trace, where `hasTraceId` asks for it. */
  readonly traceId: string | undefined;
  /** What `resourceOf` gave. */
  readonly resource: string;
  readonly statusCode: number;
}

/** What makes points of handshakes for one monitoring. It never throws. */
export interface HandshakeRecorder {
  readonly monitoring: BaseMonitoring;
  readonly hasTraceId: boolean;
  /** Asked when the handshake begins. */
  isIgnored(request: IncomingMessage): boolean;
  /** Asked when the status is known, as the URL may be another afterwards (express-ws adds to it). */
  resourceOf(request: IncomingMessage, statusCode: number): string;
  record(handshake: EndedHandshake): void;
}

/** Found again by a second copy of this package. */
const WATCH = Symbol.for('influx-monitoring.ws.handshake-watch.1');

const SWITCHING_PROTOCOLS = 101;
const FIRST_FINAL_STATUS = 200;

/** `HTTP/1.1 101` is all that is read of what the application writes. */
const STATUS_LINE = /^HTTP\/1\.\d (\d{3})/;
const STATUS_LINE_LENGTH = 12;

const RESOLVED = Promise.resolve();

/**
 * Watches a handshake until its status line is written, or its connection closes.
 *
 * Until then methods of the connection lie under watching ones; no listener is added. A connection is watched once, for
 * any number of monitorings.
 *
 * @returns the watch; `undefined` where the connection cannot be watched
 */
export function watchHandshake(
  request: IncomingMessage,
  socket: object,
  recorder: HandshakeRecorder,
): HandshakeWatch | undefined {
  // The key is this package's own, so what is under it is what this package put there.
  let watch = (socket as { readonly [WATCH]?: HandshakeWatch })[WATCH];
  if (watch === undefined) {
    if (!Object.isExtensible(socket)) return undefined;
    watch = new HandshakeWatch(request, socket);
    Object.defineProperty(socket, WATCH, { configurable: true, enumerable: false, value: watch });
  }
  watch.add(recorder);
  return watch;
}

/** What one monitoring records a handshake with. */
interface RecorderOfHandshake {
  readonly recorder: HandshakeRecorder;
  readonly requestTime: number;
  resource: string;
  readonly traceId: string | undefined;
}

/** One handshake, from the `upgrade` event to its answer. */
export class HandshakeWatch {
  readonly #request: IncomingMessage;
  readonly #startedAtMs = performance.now();
  readonly #recorders: RecorderOfHandshake[] = [];
  readonly #patches: Patch[] = [];
  #head = '';
  #holds = 0;
  #outcome: { readonly executionTime: number; readonly statusCode: number } | undefined;

  constructor(request: IncomingMessage, socket: object) {
    this.#request = request;
    const seeWritten = (chunk: unknown): void => {
      this.#seeWritten(chunk);
    };
    this.#patch(socket, 'write', seeWritten);
    this.#patch(socket, 'end', seeWritten);
    this.#patch(socket, 'emit', (event) => {
      if (event === 'close') this.#settle(STATUS_NOT_FINISHED);
    });
  }

  /** Records for one more monitoring, if it does not yet, and the answer is still to come. */
  add(recorder: HandshakeRecorder): void {
    const isKnown = this.#recorders.some((known) => known.recorder.monitoring === recorder.monitoring);
    if (isKnown || this.#outcome !== undefined || recorder.isIgnored(this.#request)) return;
    this.#recorders.push({
      recorder,
      requestTime: recorder.monitoring.now(),
      resource: UNMATCHED,
      traceId: recorder.hasTraceId ? traceIdOf(this.#request.headers) : undefined,
    });
  }

  /**
   * Holds the points until `release` was called as often: a handler that has answered (express-ws writes its 101 before
   * the application gets the request) may go on to say what they are to hold.
   */
  hold(): void {
    this.#holds += 1;
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0) this.#record();
  }

  #patch(socket: object, name: string, look: (parameter: unknown) => void): void {
    const patch = replaceMethod(
      socket,
      name,
      (original) =>
        function watched(this: unknown, ...parameters: unknown[]): unknown {
          look(parameters[0]);
          return Reflect.apply(original, this, parameters);
        },
    );
    if (patch !== undefined) this.#patches.push(patch);
  }

  /** The status line may come in pieces; an interim answer (103) is followed by another. */
  #seeWritten(chunk: unknown): void {
    if (this.#outcome !== undefined) return;
    this.#head = (this.#head + textOf(chunk)).slice(0, STATUS_LINE_LENGTH);
    if (this.#head.length < STATUS_LINE_LENGTH) return;
    const statusCode = Number(STATUS_LINE.exec(this.#head)?.[1] ?? 0);
    this.#head = '';
    if (statusCode === SWITCHING_PROTOCOLS || statusCode >= FIRST_FINAL_STATUS) this.#settle(statusCode);
  }

  #settle(statusCode: number): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = { executionTime: (performance.now() - this.#startedAtMs) / 1000, statusCode };
    for (const each of this.#recorders) each.resource = each.recorder.resourceOf(this.#request, statusCode);
    // The last that was put there goes first, so that the connection gets back the shape it had.
    for (const patch of this.#patches.splice(0).reverse()) patch.undo();
    if (this.#holds > 0) return;
    // Promise jobs run when the turn that answered is over, and all that it has said of the handshake.
    void RESOLVED.then(() => {
      this.#record();
    });
  }

  #record(): void {
    if (this.#outcome === undefined) return;
    for (const { recorder, requestTime, resource, traceId } of this.#recorders.splice(0)) {
      recorder.record({ ...this.#outcome, request: this.#request, requestTime, resource, traceId });
    }
  }
}

function textOf(chunk: unknown): string {
  if (typeof chunk === 'string') return chunk.slice(0, STATUS_LINE_LENGTH);
  if (!(chunk instanceof Uint8Array)) return '';
  return Buffer.from(chunk.subarray(0, STATUS_LINE_LENGTH)).toString('latin1');
}
