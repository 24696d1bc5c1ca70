import fs, { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../process/error-text.ts';
import { removeEmptyQueue, type QueueFolder } from './folder.ts';
import { MAX_SEGMENT_FILE_BYTES, SEGMENT_MAGIC } from './segment/frame.ts';
import { inspectSegment, verifySegment, type Inspection } from './segment/inspect.ts';
import { claimDeadFolder } from './lock.ts';
import { CURSOR_SUFFIX, isQueueName, isSegmentName, OWNER_FILE, SEGMENT_SUFFIX } from './names.ts';
import { isRealFolder, PRIVATE_FILE_MODE, readRegularFile, regularFileBytes } from '../process/private-files.ts';
import { readCursor } from './segment/cursor.ts';
import { Segment } from './segment/segment.ts';

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
 *
 * Others may write to the spool folder: only real folders with a name and an owner file of ours are looked into, and only
 * regular files with a name of ours, of a size that we write, are read. All else is left alone.
 */
export async function adoptSegments(folder: QueueFolder, adopter: Adopter): Promise<void> {
  for (const name of await namesIn(folder.root)) {
    if (adopter.isEnded()) return;
    const path = join(folder.root, name);
    const isQueue = isQueueName(name) && isRealFolder(path) && regularFileBytes(join(path, OWNER_FILE)) !== undefined;
    const claim = isQueue && path !== folder.path ? claimDeadFolder(path) : undefined;
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
  let isForeignTold = false;
  for (const name of names) {
    if (adopter.isEnded()) return;
    try {
      const path = join(source, name);
      const byteCount = isSegmentName(name) ? regularFileBytes(path) : undefined;
      if (byteCount === 0) await removeSegment(path);
      else if (byteCount !== undefined) await adoptSegment(path, name, folder, adopter);
      else if (!isForeignTold) {
        isForeignTold = true;
        adopter.onBroken(foreignReason(path, name));
      }
    } catch (error) {
      // It stays where it is; the others may be sound.
      adopter.onBroken(`${name}: ${reasonOf(error)}`);
    }
  }
  removeEmptyQueue(source);
}

function foreignReason(path: string, name: string): string {
  return `${name} is left where it is: ${isRealFolder(path) ? 'EISDIR, a folder' : 'no regular file of ours'}`;
}

async function adoptSegment(source: string, name: string, folder: QueueFolder, adopter: Adopter): Promise<void> {
  const bytes = await readRegularFile(source, MAX_SEGMENT_FILE_BYTES);
  const inspection = await verifySegment(bytes, inspectSegment(bytes, await readCursor(source)));
  const { lineCount, oldestAtMs = 0, state } = inspection;
  if (adopter.isEnded()) return;
  if (state === 'broken') {
    adopter.onBroken(name);
    folder.moveAside(source, name, lineCount > 0);
  }
  if (lineCount === 0) {
    if (state !== 'broken') await removeSegment(source);
    return;
  }
  folder.prepare();
  const path = join(folder.path, name);
  await fs.promises.rename(source + CURSOR_SUFFIX, path + CURSOR_SUFFIX).catch(() => undefined);
  renameSync(source, path);
  const byteCount = await repair(path, bytes, inspection);
  const cursor = state === 'broken' ? SEGMENT_MAGIC.length : inspection.cursor;
  adopter.onAdopted(Segment.reopen(path, { byteCount, cursor, lineCount, oldestAtMs }));
}

/** Nothing of it is left to deliver. */
async function removeSegment(path: string): Promise<void> {
  await fs.promises.unlink(path);
  if (existsSync(path + CURSOR_SUFFIX)) await fs.promises.unlink(path + CURSOR_SUFFIX);
}

/** Leaves in the file what is intact. @returns the bytes that it has then */
async function repair(path: string, bytes: Buffer, { state, frames, cursor }: Inspection): Promise<number> {
  if (state === 'sound') return bytes.length;
  if (state === 'torn') {
    const byteCount = frames.at(-1)?.end ?? 0;
    await fs.promises.truncate(path, byteCount);
    return byteCount;
  }
  const counted = frames.filter(({ start }) => start >= cursor);
  const intact = Buffer.concat([SEGMENT_MAGIC, ...counted.map(({ start, end }) => bytes.subarray(start, end))]);
  await fs.promises.writeFile(`${path}.repaired`, intact, { mode: PRIVATE_FILE_MODE });
  // The cursor is one of the old file; without it some lines may be sent again, which changes nothing.
  await fs.promises.unlink(path + CURSOR_SUFFIX).catch(() => undefined);
  await fs.promises.rename(`${path}.repaired`, path);
  return intact.length;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await fs.promises.readdir(folder);
  } catch {
    return [];
  }
}
