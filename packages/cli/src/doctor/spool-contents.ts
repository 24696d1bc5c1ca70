import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { claimSpoolQueue, listSpoolQueues, readSpoolSegment, type SpoolQueue } from '@influx-monitoring/core/spool';
import { findReplayed } from '../replay/cursor.ts';

/** Where a spool has what the database refused. */
export const DEAD_LETTERS = 'dead-letters';

/** What is in a spool folder. */
export interface SpoolContents {
  readonly brokenCount: number;
  readonly lineCount: number;
  /** Files of lines that the database refused. */
  readonly deadLetterCount: number;
  /** Queues of processes that have ended. */
  readonly ownerlessCount: number;
  /** Lines that a replay has sent already. */
  readonly replayedCount: number;
  /** True where that replay was interrupted. */
  readonly isInterrupted: boolean;
}

/** What is in one that is not there. */
export const NOTHING: SpoolContents = {
  brokenCount: 0,
  lineCount: 0,
  deadLetterCount: 0,
  ownerlessCount: 0,
  replayedCount: 0,
  isInterrupted: false,
};

/** Looks into a spool folder. */
export async function contentsOf(root: string): Promise<SpoolContents> {
  const segments = await Promise.all(
    listSpoolQueues(root)
      .flatMap(({ segmentPaths }) => segmentPaths)
      // A living service may have delivered and removed it by now.
      .map((path) => readSpoolSegment(path).catch(() => undefined)),
  );
  const movedAside = await readdir(join(root, 'broken')).catch(() => []);
  const deadLetters = await readdir(join(root, DEAD_LETTERS)).catch(() => []);
  const brokenCount = segments.filter((segment) => segment?.state === 'broken').length;
  return {
    brokenCount: brokenCount + movedAside.length,
    deadLetterCount: deadLetters.filter((name) => name.endsWith('.lp')).length,
    ownerlessCount: listSpoolQueues(root).filter(isOwnerless).length,
    ...replayedIn(root),
    lineCount: segments.reduce((sum, segment) => sum + (segment?.lineCount ?? 0), 0),
  };
}

/** A replay names the folder, or one of its queues. */
function replayedIn(root: string): Pick<SpoolContents, 'isInterrupted' | 'replayedCount'> {
  const queues = listSpoolQueues(root);
  const ofRoot = findReplayed(root);
  const found = queues.map(({ path, segmentPaths }) => {
    const replayed = ofRoot ?? findReplayed(path);
    const count = segmentPaths.reduce((sum, segment) => sum + (replayed?.linesOf(segment) ?? 0), 0);
    return { count, isInterrupted: count > 0 && replayed?.isDone === false };
  });
  return {
    replayedCount: found.reduce((sum, { count }) => sum + count, 0),
    isInterrupted: found.some(({ isInterrupted }) => isInterrupted),
  };
}

/** Claimed for a moment only: a service that starts may take it over. */
function isOwnerless({ path }: SpoolQueue): boolean {
  const claim = claimSpoolQueue(path);
  claim?.release();
  return claim !== undefined;
}
