import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
 * Lines that are sent again change nothing, so it may be behind; it is never ahead. Of segments of a spool it stays after
 * the end, with `"isDone": true`, for `doctor` to say what of them was sent; the next run begins anew.
 */
export class ReplayCursor {
  readonly path: string;
  readonly #target: string;
  readonly #files: Map<string, Entry>;

  /** Takes up what an earlier run left, if it went to the same place. */
  constructor(inputPath: string, target: string) {
    this.path = inputPath.replace(/[/\\]+$/, '') + REPLAY_CURSOR_SUFFIX;
    this.#target = target;
    const left = readCursor(this.path);
    this.#files = new Map(left?.target === target && !left.isDone ? left.files : []);
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
    this.#write(false);
  }

  /** All is replayed: the next run begins anew. @throws what the file system throws */
  finish(files: readonly ReplayFile[]): void {
    if (files.some(({ kind }) => kind === 'segment')) this.#write(true);
    else rmSync(this.path, { force: true });
  }

  #write(isDone: boolean): void {
    const text = JSON.stringify({ target: this.#target, isDone, files: Object.fromEntries(this.#files) });
    writeFileSync(`${this.path}.new`, text);
    renameSync(`${this.path}.new`, this.path);
  }
}

/** What replays have sent of the files of an argument. */
export interface Replayed {
  /** False where the last replay was interrupted. */
  readonly isDone: boolean;
  /** How many lines of a file were sent; 0 where it has changed since. */
  linesOf(path: string): number;
}

/** Looks what a replay has left beside its argument; `undefined` where none did. */
export function findReplayed(inputPath: string): Replayed | undefined {
  const left = readCursor(inputPath.replace(/[/\\]+$/, '') + REPLAY_CURSOR_SUFFIX);
  if (left === undefined) return undefined;
  const files = new Map(left.files);
  return {
    isDone: left.isDone,
    linesOf: (path) => {
      // A service may have delivered and removed it by now.
      const stats = statSync(path, { throwIfNoEntry: false });
      const entry = files.get(basename(path));
      return entry?.byteCount === stats?.size && entry?.changedAtMs === stats?.mtimeMs ? (entry?.lines ?? 0) : 0;
    },
  };
}

interface Entry {
  readonly byteCount: number;
  readonly changedAtMs: number;
  readonly lines: number;
}

interface SavedCursor {
  readonly target: unknown;
  readonly isDone: boolean;
  readonly files: readonly (readonly [string, Entry])[];
}

function readCursor(path: string): SavedCursor | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const saved = jsonOf(text);
  const files = valueAt(saved, 'files');
  if (typeof files !== 'object' || files === null) return undefined;
  const entries = Object.entries(files).map(([name, entry]: [string, unknown]) => {
    const numberAt = (key: string): number => {
      const value = valueAt(entry, key);
      return typeof value === 'number' && value >= 0 ? value : 0;
    };
    const read = { byteCount: numberAt('byteCount'), changedAtMs: numberAt('changedAtMs'), lines: numberAt('lines') };
    return [name, read] as const;
  });
  return { target: valueAt(saved, 'target'), isDone: valueAt(saved, 'isDone') === true, files: entries };
}
