import { existsSync, readdirSync, readFileSync, statSync, type Stats } from 'node:fs';
import { basename, join } from 'node:path';
import { OWNER_FILE, QUEUE_PREFIX, SEGMENT_SUFFIX } from '@influx-monitoring/core/internal';
import { claimSpoolQueue, listSpoolQueue, listSpoolQueues, type SpoolQueue } from '@influx-monitoring/core/spool';
import { CommandError } from '../command-error.ts';
import { failureCode } from '../database/http.ts';

/** A file to replay. */
export interface ReplayFile {
  readonly path: string;
  readonly kind: 'lines' | 'gzip' | 'segment';
  readonly byteCount: number;
  readonly changedAtMs: number;
}

/** What one argument of the command names. */
export interface ReplayInput {
  readonly path: string;
  /** What is to be said of it before: that nothing waits in it. */
  readonly note?: string | undefined;
  /** Oldest first. */
  readonly files: readonly ReplayFile[];
  /** Lets other processes take the queues of a spool over again. */
  release(): void;
}

const KINDS: readonly (readonly [suffix: string, kind: ReplayFile['kind']])[] = [
  ['.lp', 'lines'],
  ['.gz', 'gzip'],
  [SEGMENT_SUFFIX, 'segment'],
];
const DEAD_LETTERS = 'dead-letters';
const SPOOL_FOLDERS: readonly string[] = [DEAD_LETTERS, 'broken'];

/**
 * Finds what is to be replayed: a file, a spool folder or one queue of it, or a folder of line protocol. Queues are
 * claimed until `release`, so that no service that starts meanwhile takes them over.
 *
 * @throws CommandError where there is nothing, or a process that lives sends it by itself
 */
export function openInput(path: string): ReplayInput {
  if (!statOf(path).isDirectory()) {
    const kind = kindOf(path);
    if (kind === undefined) throw new CommandError(`${path}: expected a folder, or a file .lp, .gz or .segment`);
    return { path, files: [fileAt(path, kind)], release: () => undefined };
  }
  const queues = basename(path).startsWith(QUEUE_PREFIX) ? [listSpoolQueue(path)] : listSpoolQueues(path);
  if (queues.length > 0) return openQueues(path, queues);
  const files = readdirSync(path)
    .sort()
    .flatMap((name) => {
      const kind = kindOf(name);
      return kind === undefined ? [] : [fileAt(join(path, name), kind)];
    });
  if (files.length > 0) return { path, files, release: () => undefined };
  const names = readdirSync(path);
  if (names.some((name) => !SPOOL_FOLDERS.includes(name))) {
    throw new CommandError(`${path}: expected a spool folder or files .lp or .gz, got neither`);
  }
  return { path, files, note: noteOfEmpty(path), release: () => undefined };
}

/** A spool that waits for nothing may still hold what the database refused. */
function noteOfEmpty(path: string): string {
  const deadLetters = join(path, DEAD_LETTERS);
  const hasDeadLetters = existsSync(deadLetters) && readdirSync(deadLetters).some((name) => kindOf(name) !== undefined);
  const hint = hasDeadLetters ? `; its dead letters are in ${deadLetters}: give that folder to send them` : '';
  return `${path}: nothing waits in this spool${hint}`;
}

function openQueues(path: string, queues: readonly SpoolQueue[]): ReplayInput {
  const claims: { release(): void }[] = [];
  const release = (): void => {
    for (const claim of claims) claim.release();
  };
  for (const queue of queues) {
    const claim = claimSpoolQueue(queue.path);
    if (claim === undefined) {
      release();
      throw new CommandError(
        `${queue.path} is in use by ${ownerOf(queue.path)}, which sends its points by itself: stop it first` +
          ' (where it has died on another host, 60 seconds of silence must pass)',
      );
    }
    claims.push(claim);
  }
  // By name, which begins with the time, whatever process wrote it.
  const paths = queues.flatMap(({ segmentPaths }) => segmentPaths);
  const sorted = paths.sort((left, right) => (basename(left) < basename(right) ? -1 : 1));
  const note = sorted.length === 0 ? noteOfEmpty(path) : undefined;
  return { path, note, files: sorted.map((segment) => fileAt(segment, 'segment')), release };
}

function ownerOf(queue: string): string {
  try {
    const owner: unknown = JSON.parse(readFileSync(join(queue, OWNER_FILE), 'utf8'));
    const pid: unknown = typeof owner === 'object' && owner !== null && 'pid' in owner ? owner.pid : undefined;
    return typeof pid === 'number' ? `process ${String(pid)}` : 'a process';
  } catch {
    return 'a process';
  }
}

function kindOf(path: string): ReplayFile['kind'] | undefined {
  return KINDS.find(([suffix]) => path.endsWith(suffix))?.[1];
}

function fileAt(path: string, kind: ReplayFile['kind']): ReplayFile {
  const { size, mtimeMs } = statOf(path);
  return { path, kind, byteCount: size, changedAtMs: mtimeMs };
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw new CommandError(`${path} cannot be read (${failureCode(error)})`);
  }
}
