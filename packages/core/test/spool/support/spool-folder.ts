import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FolderLock } from '../../../src/spool/lock.ts';

/** A temporary folder for a spool. */
export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'spool-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** The paths of all segments below a folder, oldest first. */
export function segmentsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.segment') && !name.startsWith('broken'))
    .sort((one, other) => (one.slice(one.lastIndexOf('/')) < other.slice(other.lastIndexOf('/')) ? -1 : 1))
    .map((name) => join(folder, name));
}

/** Puts a segment back into its folder, and makes that the folder of a process that died. */
export function putBack(path: string, bytes: Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  new FolderLock(dirname(path)).release();
}
