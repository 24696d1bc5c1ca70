import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { jsonOf, valueAt } from '../database/database.ts';
import type { ReplayFile } from './inputs.ts';

/** The end of the name of the file that says how far a replay is. */
export const REPLAY_CURSOR_SUFFIX = '.replay-cursor';

/**
 * How far the files of one argument are replayed, in a file beside it:
 *
 * ```json
 * { "target": "database \"luna\" at http://localhost:8086", "files": { "a.lp": { "byteCount": 9, "changedAtMs": 1, "lines": 5000 } } }
 * ```
 *
 * Lines that are sent again change nothing, so it may be behind; it is never ahead.
 */
export class ReplayCursor {
  readonly path: string;
  readonly #target: string;
  readonly #files: Map<string, { readonly byteCount: number; readonly changedAtMs: number; readonly lines: number }>;

  /** Takes up what an earlier run left, if it went to the same place. */
  constructor(inputPath: string, target: string) {
    this.path = inputPath.replace(/[/\\]+$/, '') + REPLAY_CURSOR_SUFFIX;
    this.#target = target;
    this.#files = new Map(readEntries(this.path, target));
  }

  /** True where an earlier run left something. */
  get isResumed(): boolean {
    return this.#files.size > 0;
  }

  /** How many lines of a file are replayed; 0 where it has changed since. */
  linesDone(file: ReplayFile): number {
    const entry = this.#files.get(basename(file.path));
    const isSame = entry?.byteCount === file.byteCount && entry.changedAtMs === file.changedAtMs;
    return isSame ? entry.lines : 0;
  }

  /** Notes how far a file is replayed, whole or not at all. @throws what the file system throws */
  advance(file: ReplayFile, lines: number): void {
    const { byteCount, changedAtMs, path } = file;
    this.#files.set(basename(path), { byteCount, changedAtMs, lines });
    const text = JSON.stringify({ target: this.#target, files: Object.fromEntries(this.#files) });
    writeFileSync(`${this.path}.new`, text);
    renameSync(`${this.path}.new`, this.path);
  }

  /** All is replayed: the next run begins anew. */
  remove(): void {
    rmSync(this.path, { force: true });
  }
}

type Entry = [string, { byteCount: number; changedAtMs: number; lines: number }];

function readEntries(path: string, target: string): Entry[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  const saved = jsonOf(text);
  const files = valueAt(saved, 'files');
  if (valueAt(saved, 'target') !== target || typeof files !== 'object' || files === null) return [];
  return Object.entries(files).map(([name, entry]: [string, unknown]): Entry => {
    const numberAt = (key: string): number => {
      const value = valueAt(entry, key);
      return typeof value === 'number' && value >= 0 ? value : 0;
    };
    return [name, { byteCount: numberAt('byteCount'), changedAtMs: numberAt('changedAtMs'), lines: numberAt('lines') }];
  });
}
