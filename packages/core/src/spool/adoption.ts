import { renameSync } from 'node:fs';
import { readdir, readFile, rename, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../process/error-text.ts';
import { QUEUE_PREFIX, removeEmptyQueue, type QueueFolder } from './folder.ts';
import { SEGMENT_MAGIC } from './frame.ts';
import { inspectSegment, type Inspection } from './inspect.ts';
import { claimDeadFolder } from './lock.ts';
import { CURSOR_SUFFIX, readCursor, Segment, SEGMENT_SUFFIX } from './segment.ts';

/** Who hears of what is adopted. */
export interface Adopter {
  /** True once nothing more is to be taken over. */
  readonly isEnded: () => boolean;
  readonly onAdopted: (segment: Segment) => void;
  readonly onBroken: (reason: string) => void;
}

/**
 * Moves the segments of dead processes into this process's folder, one by one, oldest first.
 *
 * A segment belongs to the process in whose folder it lies, and a rename is done once only: should two processes adopt
 * from one folder, each segment still has one owner. What fails stays where it is, for a later try.
 */
export async function adoptSegments(folder: QueueFolder, adopter: Adopter): Promise<void> {
  for (const name of await namesIn(folder.root)) {
    const path = join(folder.root, name);
    if (!name.startsWith(QUEUE_PREFIX) || path === folder.path || adopter.isEnded()) continue;
    const claim = claimDeadFolder(path);
    if (claim === undefined) continue;
    try {
      await adoptFolder(path, folder, adopter);
    } finally {
      claim.release();
    }
  }
}

async function adoptFolder(source: string, folder: QueueFolder, adopter: Adopter): Promise<void> {
  const names = (await namesIn(source)).filter((name) => name.endsWith(SEGMENT_SUFFIX)).sort();
  for (const name of names) {
    if (adopter.isEnded()) return;
    try {
      const segment = await adoptSegment(join(source, name), name, folder, adopter);
      if (segment !== undefined) adopter.onAdopted(segment);
    } catch (error) {
      adopter.onBroken(reasonOf(error));
      return;
    }
  }
  removeEmptyQueue(source);
}

async function adoptSegment(
  source: string,
  name: string,
  folder: QueueFolder,
  adopter: Adopter,
): Promise<Segment | undefined> {
  folder.prepare();
  const path = join(folder.path, name);
  await rename(source + CURSOR_SUFFIX, path + CURSOR_SUFFIX).catch(() => undefined);
  renameSync(source, path);
  const bytes = await readFile(path);
  const inspection = inspectSegment(bytes, await readCursor(path));
  if (inspection.state === 'broken') {
    adopter.onBroken(name);
    folder.moveAside(path, name, true);
  }
  const byteCount = await repair(path, bytes, inspection);
  const { cursor, lineCount, oldestAtMs = 0 } = inspection;
  const segment = Segment.reopen(path, {
    byteCount,
    cursor: inspection.state === 'broken' ? SEGMENT_MAGIC.length : cursor,
    lineCount,
    oldestAtMs,
  });
  if (lineCount > 0) return segment;
  await segment.remove();
  return undefined;
}

/** Leaves in the file what is intact. @returns the bytes that it has then */
async function repair(path: string, bytes: Buffer, { state, frames, cursor }: Inspection): Promise<number> {
  if (state === 'sound') return bytes.length;
  if (state === 'torn') {
    const byteCount = frames.at(-1)?.end ?? 0;
    await truncate(path, byteCount);
    return byteCount;
  }
  const counted = frames.filter(({ start }) => start >= cursor);
  const intact = Buffer.concat([SEGMENT_MAGIC, ...counted.map(({ start, end }) => bytes.subarray(start, end))]);
  await writeFile(`${path}.repaired`, intact);
  // The cursor is one of the old file; without it some lines may be sent again, which changes nothing.
  await unlink(path + CURSOR_SUFFIX).catch(() => undefined);
  await rename(`${path}.repaired`, path);
  return intact.length;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}
