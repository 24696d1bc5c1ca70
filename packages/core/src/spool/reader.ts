import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../process/error-text.ts';
import type { Lines } from '../batch/lines.ts';
import { decodeFrame, MAX_SEGMENT_FILE_BYTES, readFrameHeader, SEGMENT_MAGIC } from './segment/frame.ts';
import { inspectSegment, type Inspection } from './segment/inspect.ts';
import { QUEUE_PREFIX, SEGMENT_SUFFIX } from './names.ts';
import { isRealFolder, readRegularFile } from '../process/private-files.ts';
import { readCursor } from './segment/cursor.ts';

/** What one process has in a spool folder. */
export interface SpoolQueue {
  readonly path: string;
  /** Paths of its segments, oldest first. */
  readonly segmentPaths: readonly string[];
}

/** A segment as a tool finds it; nothing of it is changed. */
export interface SpoolSegment {
  /** `sound`; `torn` where only the last frame is not whole; `broken` where bytes changed that were whole once. */
  readonly state: Inspection['state'];
  /** Lines that were not delivered yet and can be read. */
  readonly lineCount: number;
  /** When the first of them was recorded, in milliseconds since the epoch. */
  readonly oldestAtMs: number | undefined;
  /** Where what can be read ends in the file: from there on `batches` gives what is added later. */
  readonly endOffset: number;
  /**
   * Reads them, a batch of at most 1 MiB (or one line) at a time, oldest first.
   *
   * @param fromOffset - leaves out what lies before the `endOffset` of an earlier reading of this segment
   */
  batches(fromOffset?: number): AsyncGenerator<Lines>;
}

/**
 * The queues in a spool folder, those of processes that live included. For tools: it takes nothing over.
 *
 * @returns none where there is no such folder
 * @throws what the file system throws
 *
 * @example
 * ```ts
 * import { listSpoolQueues, readSpoolSegment } from '@influx-monitoring/core/spool';
 *
 * for (const { segmentPaths } of listSpoolQueues('/var/spool/shop')) {
 *   for (const path of segmentPaths) console.log(path, (await readSpoolSegment(path)).lineCount);
 * }
 * ```
 */
export function listSpoolQueues(root: string): SpoolQueue[] {
  return namesIn(root)
    .filter((name) => name.startsWith(QUEUE_PREFIX) && isRealFolder(join(root, name)))
    .map((name) => listSpoolQueue(join(root, name)));
}

/**
 * One queue, by its own folder. @throws what the file system throws
 *
 * @example
 * ```ts
 * import { listSpoolQueue } from '@influx-monitoring/core/spool';
 *
 * console.log(listSpoolQueue('/var/spool/shop/queue-1').segmentPaths.length);
 * ```
 */
export function listSpoolQueue(path: string): SpoolQueue {
  const names = namesIn(path).filter((name) => name.endsWith(SEGMENT_SUFFIX));
  return { path, segmentPaths: names.sort().map((name) => join(path, name)) };
}

/**
 * Reads a segment without changing it. What was delivered before is passed over, by the cursor beside it.
 *
 * @throws what the file system throws, and where it is no regular file of a size that is ours
 *
 * @example
 * ```ts
 * import { readSpoolSegment } from '@influx-monitoring/core/spool';
 *
 * const segment = await readSpoolSegment('/var/spool/shop/queue-1/0001.segment');
 * console.log(segment.state, segment.lineCount);
 * ```
 */
export async function readSpoolSegment(path: string): Promise<SpoolSegment> {
  const bytes = await readRegularFile(path, MAX_SEGMENT_FILE_BYTES);
  const cursor = await readCursor(path);
  const { state, frames, lineCount, cursor: from, oldestAtMs } = inspectSegment(bytes, cursor);
  return {
    state,
    lineCount,
    oldestAtMs,
    endOffset: frames.at(-1)?.end ?? SEGMENT_MAGIC.length,
    async *batches(fromOffset = 0) {
      const firstStart = Math.max(from, fromOffset);
      for (const { start, end } of frames) {
        const header = readFrameHeader(bytes, start);
        if (start >= firstStart && header !== undefined) yield await decodeFrame(bytes.subarray(start, end), header);
      }
    },
  };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
