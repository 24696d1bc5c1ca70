import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DEFAULT_DELIVERY_OPTIONS, listSpoolQueues, readSpoolSegment } from '@influx-monitoring/core';
import { failureCode, failureReason } from '../database/http.ts';
import { fail, ok, skip, warn, type Finding } from './finding.ts';

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
  const contents = isThere ? await contentsOf(path) : { brokenCount: 0, lineCount: 0 };
  return spoolFinding(path, isThere, freeBytes, contents);
}

interface SpoolContents {
  readonly brokenCount: number;
  readonly lineCount: number;
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
  return ok(`the spool folder ${path} ${isThere ? 'is writable' : 'can be made'}; ${waiting}; ${free}`);
}

/** Leaves nothing behind: a folder that was not there is taken away again. */
async function tryToWrite(path: string): Promise<void> {
  const firstMade = await mkdir(path, { recursive: true });
  const probe = join(path, `.doctor-${randomUUID()}`);
  try {
    await writeFile(probe, 'x', { flag: 'wx' });
  } finally {
    await rm(probe, { force: true });
    if (firstMade !== undefined) await rm(firstMade, { recursive: true });
  }
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
  const brokenCount = segments.filter((segment) => segment?.state === 'broken').length;
  return {
    brokenCount: brokenCount + movedAside.length,
    lineCount: segments.reduce((sum, segment) => sum + (segment?.lineCount ?? 0), 0),
  };
}
