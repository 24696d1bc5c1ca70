import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { LineWish } from './line-wish.ts';

/** Bytes that may wait for one reader; what comes beyond them is left out, and counted. */
const MAX_WAITING_BYTES = 1024 * 1024;

/** Who has taken nothing for so many beats in a row is sent away: half a minute. */
const MAX_STUCK_BEATS = 6;

/** What a comment in the stream says; the stream is line protocol, where `#` begins a comment. */
export type CommentKind =
  /** The first line: whose points these are. */
  | 'begin'
  /** From here on points come as they are recorded; those before were in memory. */
  | 'live'
  /** So many points were left out here. */
  | 'skipped'
  /** Nothing else was to be said for a while. */
  | 'alive'
  /** The monitoring was stopped: nothing comes any more. */
  | 'end';

/** One who reads points as they are recorded. A slow one misses some; it never holds anybody up. */
export class PointReader {
  readonly wish: LineWish;
  readonly #res: ServerResponse;
  readonly #leaving = new AbortController();
  /** What is recorded while older points are sent. */
  #held: Buffer[] | undefined;
  #heldBytes = 0;
  #skippedCount = 0;
  #stuckBeats = 0;
  #hasTaken = true;

  constructor(res: ServerResponse, wish: LineWish) {
    this.#res = res;
    this.wish = wish;
    res.once('close', () => {
      this.#leaving.abort();
    });
    res.writeHead(200, {
      'Content-Type': 'text/plain; charset=utf-8',
      // Who compresses or collects an answer on its way holds a stream back.
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    });
  }

  get hasLeft(): boolean {
    return this.#res.writableEnded || this.#res.destroyed;
  }

  comment(kind: CommentKind, data: object): void {
    this.#write(`# ${kind} ${JSON.stringify(data)}\n`);
  }

  /** Holds back what is sent, until `release`. */
  hold(): void {
    this.#held = [];
  }

  /** Sends what was held back. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    this.#heldBytes = 0;
    for (const lines of held) this.#write(lines);
    this.#writeSkipped();
    this.comment('live', {});
  }

  /** Sends lines now, or leaves them out where too much waits already. */
  send(lines: Buffer, lineCount: number): void {
    const waitingBytes = this.#held === undefined ? this.#res.writableLength : this.#heldBytes;
    if (waitingBytes > MAX_WAITING_BYTES) {
      this.skip(lineCount);
      return;
    }
    if (this.#held !== undefined) {
      this.#held.push(lines);
      this.#heldBytes += lines.length;
      return;
    }
    this.#tellSkipped();
    this.#write(lines);
  }

  /** Counts points that are left out here, and tells of them as soon as they can be told of. */
  skip(lineCount: number): void {
    this.#skippedCount += lineCount;
    this.#tellSkipped();
  }

  /** Sends lines, however long that takes; it rejects when the reader leaves. Only while others are held back. */
  async sendWhole(lines: string): Promise<void> {
    this.#leaving.signal.throwIfAborted();
    this.#write(lines);
    if (this.#res.writableNeedDrain) await once(this.#res, 'drain', { signal: this.#leaving.signal });
  }

  /** Says that this end is there. Who takes nothing for too long is sent away. */
  beat(): void {
    const isStuck = this.#res.writableLength > 0 && !this.#hasTaken;
    this.#stuckBeats = isStuck ? this.#stuckBeats + 1 : 0;
    this.#hasTaken = false;
    if (this.#stuckBeats >= MAX_STUCK_BEATS) this.#res.destroy();
    else if (this.#held === undefined && !isStuck) this.comment('alive', {});
  }

  end(): void {
    this.#writeSkipped();
    this.comment('end', {});
    this.#res.end();
  }

  /** Tells what was left out, unless too much waits still: then when some of it is taken. */
  #tellSkipped(): void {
    if (this.#held === undefined && this.#res.writableLength <= MAX_WAITING_BYTES) this.#writeSkipped();
  }

  #writeSkipped(): void {
    const points = this.#skippedCount;
    if (points > 0) this.comment('skipped', { points });
    this.#skippedCount = 0;
  }

  #write(lines: string | Buffer): void {
    if (!this.hasLeft) this.#res.write(lines, this.#noteTaken);
  }

  readonly #noteTaken = (): void => {
    this.#hasTaken = true;
    this.#tellSkipped();
  };
}
