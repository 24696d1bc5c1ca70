import { statSync, type Stats } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { QUEUE_PREFIX, SEGMENT_SUFFIX } from '@influx-monitoring/core/internal';
import { listSpoolQueue, listSpoolQueues, readSpoolSegment } from '@influx-monitoring/core/spool';
import { CommandError } from '../command-error.ts';
import { failureCode, failureReason } from '../database/http.ts';
import { DeadLetterFollower, isDeadLetterFolder } from './follow-dead-letters.ts';
import { pointCount } from './point-count.ts';
import type { PointPrinter } from './point-printer.ts';

/** How often the folder is looked at, in milliseconds. */
const LOOK_MS = 500;

/** A segment that is moved to another queue is in neither for a moment. */
const MAX_ABSENT_LOOKS = 10;

/**
 * Prints what waits in a spool, oldest first, or what is in a folder of dead letters, and then what comes to it.
 *
 * @throws CommandError where there is no spool; the signal's reason on Ctrl-C
 */
export async function followSpool(
  path: string,
  isFollowing: boolean,
  printer: PointPrinter,
  signal: AbortSignal,
): Promise<void> {
  const isOfDeadLetters = isDeadLetterFolder(path);
  const follower = new (isOfDeadLetters ? DeadLetterFollower : SpoolFollower)(path, printer, signal);
  const count = await follower.look();
  if (!isFollowing) return;
  const [nothing, some] = isOfDeadLetters ? ['is in it', 'were in it'] : ['waits in it', 'waited in it'];
  printer.say(`follows ${path}: ${count === 0 ? `nothing ${nothing} yet` : `${pointCount(count)} ${some}`}`);
  for (;;) {
    await wait(LOOK_MS, undefined, { signal });
    await follower.look();
  }
}

interface SeenSegment {
  readonly byteCount: number;
  readonly changedAtMs: number;
  readonly isWhole: boolean;
  readonly endOffset: number;
  absentLooks: number;
}

class SpoolFollower {
  readonly #path: string;
  readonly #printer: PointPrinter;
  readonly #signal: AbortSignal;
  /** By file name, which a segment keeps when another process takes it over. */
  readonly #seen = new Map<string, SeenSegment>();
  readonly #broken = new Set<string>();

  constructor(path: string, printer: PointPrinter, signal: AbortSignal) {
    this.#path = path;
    this.#printer = printer;
    this.#signal = signal;
  }

  /** Prints what is new. @returns how many points that were, wanted or not */
  async look(): Promise<number> {
    let count = 0;
    for (const seen of this.#seen.values()) seen.absentLooks += 1;
    for (const path of this.#segments()) {
      this.#signal.throwIfAborted();
      try {
        count += await this.#read(path);
      } catch (error) {
        // It was delivered, and removed, meanwhile.
        if (failureCode(error) === 'ENOENT') continue;
        this.#signal.throwIfAborted();
        throw new CommandError(`${path} cannot be read (${failureReason(error)})`);
      }
    }
    for (const [name, { absentLooks }] of this.#seen) if (absentLooks > MAX_ABSENT_LOOKS) this.#seen.delete(name);
    return count;
  }

  #segments(): string[] {
    try {
      const paths = segmentsAt(this.#path);
      // By name, which begins with the time, whatever process wrote it.
      return paths.sort((left, right) => (basename(left) < basename(right) ? -1 : 1));
    } catch (error) {
      if (error instanceof CommandError) throw error;
      throw new CommandError(`${this.#path} cannot be read (${failureCode(error)})`);
    }
  }

  async #read(path: string): Promise<number> {
    const name = basename(path);
    const { size: byteCount, mtimeMs: changedAtMs } = statSync(path);
    const seen = this.#seen.get(name);
    if (seen !== undefined) {
      seen.absentLooks = 0;
      if (seen.isWhole && seen.byteCount === byteCount && seen.changedAtMs === changedAtMs) return 0;
    }
    const segment = await readSpoolSegment(path);
    let count = 0;
    for await (const { bytes, lineCount } of segment.batches(seen?.endOffset)) {
      this.#signal.throwIfAborted();
      await this.#printer.print(bytes.toString().split('\n'));
      count += lineCount;
    }
    // A segment is written while it is read: one that ends within a frame is looked at again.
    const isWhole = segment.state !== 'torn';
    this.#seen.set(name, { byteCount, changedAtMs, isWhole, endOffset: segment.endOffset, absentLooks: 0 });
    if (segment.state === 'broken') this.#tellBroken(name, path);
    return count;
  }

  #tellBroken(name: string, path: string): void {
    if (this.#broken.has(name)) return;
    this.#broken.add(name);
    this.#printer.say(`${path}: some of it is broken, and passed over`);
  }
}

function segmentsAt(path: string): string[] {
  const stats: Stats = statSync(path);
  if (stats.isDirectory()) {
    const queues = basename(path).startsWith(QUEUE_PREFIX) ? [listSpoolQueue(path)] : listSpoolQueues(path);
    return queues.flatMap(({ segmentPaths }) => segmentPaths);
  }
  if (path.endsWith(SEGMENT_SUFFIX)) return [path];
  throw new CommandError(
    `${path}: expected an address, a spool folder, a queue of one, a folder of dead letters, or a file ${SEGMENT_SUFFIX}`,
  );
}
