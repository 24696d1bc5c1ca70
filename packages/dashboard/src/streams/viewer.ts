import type { ServerResponse } from 'node:http';
import type { WindowMinutes } from '../wire/messages.ts';

/** After this many messages in a row that a viewer was too slow for, its connection is closed: about as many seconds. */
const MAX_SKIPPED = 15;

/** How soon the page connects again when the stream breaks, in milliseconds. */
const RECONNECT_MS = 1000;

/** Kinds of message on the stream. */
export type MessageKind = 'snapshot' | 'tick';

/** Writes one message of the stream, once for all who get it. */
export function encodeMessage(kind: MessageKind, id: string, data: object): Buffer {
  return Buffer.from(`id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
}

/**
 * One who looks on. What a slow one cannot take is left out, never queued: once it has caught up it gets a whole
 * snapshot, so at most one message waits in memory for it.
 */
export class Viewer {
  readonly minutes: WindowMinutes;
  readonly #res: ServerResponse;
  #skippedCount = 0;
  /** True where changes alone would not do. */
  needsWhole = true;

  constructor(res: ServerResponse, minutes: WindowMinutes) {
    this.#res = res;
    this.minutes = minutes;
    res.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      // Some proxies hold back what they might compress or cache.
      'X-Accel-Buffering': 'no',
    });
    res.write(`retry: ${String(RECONNECT_MS)}\n\n`);
  }

  /** True where it can take a message now. Who cannot for too long is sent away. */
  takesMessage(): boolean {
    if (this.#res.writableEnded || this.#res.destroyed) return false;
    if (!this.#res.writableNeedDrain) {
      this.#skippedCount = 0;
      return true;
    }
    this.needsWhole = true;
    this.#skippedCount += 1;
    if (this.#skippedCount > MAX_SKIPPED) this.#res.destroy();
    return false;
  }

  send(message: Buffer): void {
    this.#res.write(message);
  }

  end(): void {
    this.#res.end();
  }
}
