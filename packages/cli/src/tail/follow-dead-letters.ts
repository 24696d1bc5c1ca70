import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { QUEUE_PREFIX } from '@influx-monitoring/core/internal';
import { CommandError } from '../command-error.ts';
import { failureCode } from '../database/http.ts';
import type { PointPrinter } from './point-printer.ts';

const SUFFIX = '.lp';
const NEWLINE = 0x0a;

/** True for a folder of dead letters, which a spool has beside its queues. */
export function isDeadLetterFolder(path: string): boolean {
  if (!existsSync(path) || !statSync(path).isDirectory()) return false;
  if (basename(path) === 'dead-letters') return true;
  const names = readdirSync(path);
  return names.some((name) => name.endsWith(SUFFIX)) && !names.some((name) => name.startsWith(QUEUE_PREFIX));
}

/** Reads the files of dead letters in a folder, each from where it was read to. */
export class DeadLetterFollower {
  readonly #path: string;
  readonly #printer: PointPrinter;
  readonly #signal: AbortSignal;
  /** By file name: the end of the last whole line that was read. */
  readonly #offsets = new Map<string, number>();

  constructor(path: string, printer: PointPrinter, signal: AbortSignal) {
    this.#path = path;
    this.#printer = printer;
    this.#signal = signal;
  }

  /** Prints what is new. @returns how many points that were, wanted or not. @throws CommandError */
  async look(): Promise<number> {
    let count = 0;
    for (const name of this.#names()) {
      this.#signal.throwIfAborted();
      try {
        count += await this.#read(name);
      } catch (error) {
        // It was removed meanwhile.
        if (failureCode(error) === 'ENOENT') continue;
        this.#signal.throwIfAborted();
        throw new CommandError(`${join(this.#path, name)} cannot be read (${failureCode(error)})`);
      }
    }
    return count;
  }

  #names(): string[] {
    try {
      return readdirSync(this.#path)
        .filter((name) => name.endsWith(SUFFIX))
        .sort();
    } catch (error) {
      throw new CommandError(`${this.#path} cannot be read (${failureCode(error)})`);
    }
  }

  async #read(name: string): Promise<number> {
    const path = join(this.#path, name);
    const { size } = statSync(path);
    const known = this.#offsets.get(name) ?? 0;
    // One that is shorter than it was is another file.
    let offset = size < known ? 0 : known;
    if (size === offset) return 0;
    let count = 0;
    let rest = Buffer.alloc(0);
    for await (const chunk of createReadStream(path, { start: offset, end: size - 1 }) as AsyncIterable<Buffer>) {
      const bytes = Buffer.concat([rest, chunk]);
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      rest = bytes.subarray(end);
      // A line that is being written has no end yet.
      if (end === 0) continue;
      count += await this.#print(bytes.subarray(0, end).toString());
      offset += end;
      this.#offsets.set(name, offset);
    }
    return count;
  }

  /** The reasons stand between the lines, as comments. */
  async #print(text: string): Promise<number> {
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    await this.#printer.print(lines);
    return lines.length;
  }
}
