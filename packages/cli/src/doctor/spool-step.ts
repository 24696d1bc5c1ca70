import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DEFAULT_DELIVERY_OPTIONS } from '@influx-monitoring/core/internal';
import { claimSpoolQueue, listSpoolQueues, readSpoolSegment, type SpoolQueue } from '@influx-monitoring/core/spool';
import { COMMAND } from '../command-name.ts';
import { failureCode, failureReason } from '../database/http.ts';
import { REPLAY_CURSOR_SUFFIX } from '../replay/cursor.ts';
import { fail, ok, skip, warn, type Finding } from './finding.ts';

const DEAD_LETTERS = 'dead-letters';
const MEBIBYTE = 1024 * 1024;

/** Looks at the spool folder: whether this user can write there, how much room there is, and what waits in it. */
export async function checkSpool(folder: string | undefined): Promise<Finding> {
  if (folder === undefined) {
    return skip('not looked at: `delivery.spoolFolder` stands in code; name it with --spool to have it checked');
  }
  const path = resolve(folder);
  try {
    await tryToWrite(path);
  } catch (error) {
    return fail(
      `the spool folder ${path} cannot be written (${failureCode(error) || failureReason(error)})`,
      'Make it writable for the user of the service (and run doctor as that user), or choose another folder.',
    );
  }
  const isThere = existsSync(path);
  const freeBytes = await freeBytesAt(isThere ? path : parentThatExists(path));
  const contents = isThere ? await contentsOf(path) : NOTHING;
  return spoolFinding(path, isThere, freeBytes, contents);
}

interface SpoolContents {
  readonly brokenCount: number;
  readonly lineCount: number;
  /** Files of lines that the database refused. */
  readonly deadLetterCount: number;
  /** Queues of processes that have ended. */
  readonly ownerlessCount: number;
  /** True where a replay has sent some of it and was interrupted. */
  readonly isPartlyReplayed: boolean;
}

const NOTHING: SpoolContents = {
  brokenCount: 0,
  lineCount: 0,
  deadLetterCount: 0,
  ownerlessCount: 0,
  isPartlyReplayed: false,
};

function spoolFinding(path: string, isThere: boolean, freeBytes: number, contents: SpoolContents): Finding {
  const free = `${String(Math.floor(freeBytes / MEBIBYTE)).replace(/\B(?=(\d{3})+$)/g, ',')} MiB free`;
  const { brokenCount, lineCount } = contents;
  if (brokenCount > 0) {
    return warn(
      `the spool folder ${path} has ${String(brokenCount)} segments with lines that cannot be read (${free})`,
      'The disk changed or lost bytes. What can be read is sent; check the disk, then delete the folder `broken`.',
    );
  }
  if (freeBytes < DEFAULT_DELIVERY_OPTIONS.maxSpoolBytes) {
    return warn(
      `the spool folder ${path} is writable, with ${free}`,
      'The spool may grow to 1 GiB by default: free some space, or lower `delivery.maxSpoolBytes`.',
    );
  }
  const { deadLetterCount, isPartlyReplayed, ownerlessCount } = contents;
  const waiting = lineCount === 0 ? 'nothing waits in it' : `${String(lineCount)} lines wait in it`;
  const troubles = [
    ...(ownerlessCount > 0 && lineCount > 0
      ? [
          `${String(ownerlessCount)} of its queues have no process any more (the next service on this folder takes them over)`,
        ]
      : []),
    ...(deadLetterCount > 0
      ? [`${String(deadLetterCount)} files of dead letters: the database refused those lines`]
      : []),
    ...(isPartlyReplayed ? ['a replay has sent some of those lines already, and was interrupted'] : []),
  ];
  if (troubles.length > 0) {
    const advice = [
      ...(ownerlessCount > 0 && lineCount > 0 ? [`\`${COMMAND} replay ${path}\` sends what no process has`] : []),
      ...(deadLetterCount > 0
        ? [`the reasons stand in ${join(path, DEAD_LETTERS)}, which \`replay\` takes as well`]
        : []),
    ].join('; ');
    return warn(
      `the spool folder ${path} is writable; ${waiting}; ${troubles.join('; ')}; ${free}`,
      advice === '' ? 'The same replay goes on from there.' : `${advice}.`,
    );
  }
  return ok(`the spool folder ${path} ${isThere ? 'is writable' : 'can be made'}; ${waiting}; ${free}`);
}

/** Leaves nothing behind: a folder that was not there is taken away again. */
async function tryToWrite(path: string): Promise<void> {
  const firstMade = await makeFolders(path);
  const probe = join(path, `.doctor-${randomUUID()}`);
  try {
    await writeFile(probe, 'x', { flag: 'wx' });
  } finally {
    await rm(probe, { force: true });
    if (firstMade !== undefined) await rm(firstMade, { recursive: true });
  }
}

/**
 * Makes folders one by one from the first that is there: below /proc, the recursive mkdir of Node never returns.
 *
 * @returns the first that was made
 */
async function makeFolders(path: string): Promise<string | undefined> {
  const missing: string[] = [];
  for (let at = path; !existsSync(at); at = dirname(at)) missing.unshift(at);
  for (const folder of missing) await mkdir(folder);
  // A file of that name is no folder.
  if (missing.length === 0 && !(await stat(path)).isDirectory()) await mkdir(path);
  return missing[0];
}

function parentThatExists(path: string): string {
  return existsSync(path) ? path : parentThatExists(dirname(path));
}

async function freeBytesAt(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

async function contentsOf(root: string): Promise<SpoolContents> {
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
    isPartlyReplayed: existsSync(`${root}${REPLAY_CURSOR_SUFFIX}`),
    lineCount: segments.reduce((sum, segment) => sum + (segment?.lineCount ?? 0), 0),
  };
}

/** Claimed for a moment only: a service that starts may take it over. */
function isOwnerless({ path }: SpoolQueue): boolean {
  const claim = claimSpoolQueue(path);
  claim?.release();
  return claim !== undefined;
}
