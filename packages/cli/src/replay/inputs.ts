import { readdirSync, readFileSync, statSync, type Stats } from 'node:fs';
import { basename, join } from 'node:path';
import { claimSpoolQueue, listSpoolQueue, listSpoolQueues, type SpoolQueue } from '@influx-monitoring/core';
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
  /** Oldest first. */
  readonly files: readonly ReplayFile[];
  /** Lets other processes take the queues of a spool over again. */
  release(): void;
}

const KINDS: readonly (readonly [suffix: string, kind: ReplayFile['kind']])[] = [
  ['.lp', 'lines'],
  ['.gz', 'gzip'],
  ['.segment', 'segment'],
];
const QUEUE_PREFIX = 'queue-';

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
  if (files.length === 0) throw new CommandError(`${path}: expected a spool folder or files .lp or .gz, got neither`);
  return { path, files, release: () => undefined };
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
  return { path, files: sorted.map((segment) => fileAt(segment, 'segment')), release };
}

function ownerOf(queue: string): string {
  try {
    const owner: unknown = JSON.parse(readFileSync(join(queue, 'owner.json'), 'utf8'));
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
