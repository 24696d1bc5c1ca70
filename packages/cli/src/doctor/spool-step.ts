import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DEFAULT_DELIVERY_OPTIONS } from '@influx-monitoring/core/internal';
import { COMMAND } from '../command-name.ts';
import { failureCode, failureReason } from '../database/http.ts';
import { fail, ok, skip, warn, type Finding } from './finding.ts';
import { contentsOf, DEAD_LETTERS, NOTHING, type SpoolContents } from './spool-contents.ts';

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
  const waiting = lineCount === 0 ? 'nothing waits in it' : `${String(lineCount)} lines wait in it`;
  const troubles = troublesOf(contents);
  if (troubles.length === 0) {
    return ok(`the spool folder ${path} ${isThere ? 'is writable' : 'can be made'}; ${waiting}; ${free}`);
  }
  return warn(
    `the spool folder ${path} is writable; ${waiting}; ${troubles.join('; ')}; ${free}`,
    `${advicesOf(path, contents).join('; ')}.`,
  );
}

function troublesOf(contents: SpoolContents): string[] {
  const { deadLetterCount, isInterrupted, lineCount, ownerlessCount, replayedCount } = contents;
  const troubles: string[] = [];
  if (ownerlessCount > 0 && lineCount > 0) {
    const count = String(ownerlessCount);
    troubles.push(`${count} of its queues have no process any more (the next service on this folder takes them over)`);
  }
  if (deadLetterCount > 0) {
    troubles.push(`${String(deadLetterCount)} files of dead letters: the database refused those lines`);
  }
  if (replayedCount > 0) {
    const end = isInterrupted ? ', and was interrupted' : '';
    troubles.push(`a replay has sent ${String(replayedCount)} of those lines already${end}`);
  }
  return troubles;
}

function advicesOf(path: string, contents: SpoolContents): string[] {
  const { deadLetterCount, lineCount, ownerlessCount, replayedCount } = contents;
  const advices: string[] = [];
  if (replayedCount > 0 && replayedCount >= lineCount) {
    advices.push(
      'delete its queues once you are content: a service that starts sends them once more, which changes nothing',
    );
  } else if (ownerlessCount > 0 && lineCount > 0) {
    advices.push(`\`${COMMAND} replay ${path}\` sends what no process has`);
  } else if (replayedCount > 0) advices.push('the service that has the rest sends it by itself');
  if (deadLetterCount > 0) {
    advices.push(`the reasons stand in ${join(path, DEAD_LETTERS)}, which \`replay\` takes as well`);
  }
  return advices;
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
