import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeliveryEvents } from '../ledger/events.ts';
import { reasonOf } from '../process/error-text.ts';
import type { Lines } from '../batch/lines.ts';
import type { DeliveryCounts } from '../ledger/counts.ts';
import { makeFolder, PRIVATE_FILE_MODE } from '../process/private-files.ts';

/** Options of `DeadLetters`. */
export interface DeadLettersOptions {
  /** `undefined` to count only. */
  readonly folder: string | undefined;
  readonly maxBytes: number;
}

/**
 * Keeps lines that the database refuses, in a file of line protocol of this process:
 *
 * ```
 * # 2026-01-31T12:00:00.000Z HTTP 400: unable to parse a line: invalid number
 * requests,service=shop execution_time=1 1769860800000000000
 * ```
 *
 * `influx -import` and the command `influx-monitoring replay` read it as it is.
 */
export class DeadLetters {
  readonly #options: DeadLettersOptions;
  readonly #counts: DeliveryCounts;
  readonly #events: DeliveryEvents;
  readonly #fileName = `${String(process.pid)}-${randomBytes(6).toString('hex')}.lp`;
  #byteCount = 0;

  constructor(options: DeadLettersOptions, counts: DeliveryCounts, events: DeliveryEvents) {
    this.#options = options;
    this.#counts = counts;
    this.#events = events;
  }

  /** Counts lines as refused, each for its reason, and writes them to the file where there is one with room. */
  keep(refused: ReadonlyMap<string, Lines>): void {
    const texts: Buffer[] = [];
    const entries = Array.from(refused, ([reason, lines]) => {
      const comment = `# ${new Date().toISOString()} ${reason}\n`;
      const text = Buffer.concat([Buffer.from(comment), lines.bytes, Buffer.from('\n')]);
      const isKept = this.#hasRoom(text.length);
      if (isKept) texts.push(text);
      return { count: lines.lineCount, reason, isKept };
    });
    // At once, since an answer may give a reason for each of 5,000 lines.
    const isWritten = texts.length > 0 && this.#write(Buffer.concat(texts));
    for (const { count, reason, isKept } of entries) this.#counts.deadLetter(count, reason, isKept && isWritten);
  }

  /** Whether a text has room in the file; if so, it has it. */
  #hasRoom(byteCount: number): boolean {
    const { folder, maxBytes } = this.#options;
    if (folder === undefined || this.#byteCount + byteCount > maxBytes) return false;
    this.#byteCount += byteCount;
    return true;
  }

  #write(text: Buffer): boolean {
    const { folder = '' } = this.#options;
    try {
      makeFolder(folder);
      appendFileSync(join(folder, this.#fileName), text, { mode: PRIVATE_FILE_MODE });
      return true;
    } catch (error) {
      this.#byteCount -= text.length;
      this.#events.emit({ kind: 'spool', change: 'unwritable', count: 0, reason: reasonOf(error) });
      return false;
    }
  }
}
