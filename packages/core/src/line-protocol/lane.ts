import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

/** How many lanes share a microsecond: a time stamp has three digits below it. */
export const LANE_COUNT = 1000;

/** A lane is this process's until it ends, even where it ends by kill -9. */
export interface LaneLease {
  readonly lane: number;
  /** False where no lane could be leased, and another process may have the same by chance. */
  readonly isExclusive: boolean;
}

/**
 * Leases the first lane that no other process or thread of this host has.
 *
 * The search starts at a place that differs by host, process and thread: a restarted process seldom gets the lane of
 * its forerunner, and containers, which cannot see each other's leases, seldom meet. For several hosts on one series
 * give each process a lane of its own by option.
 */
export function leaseLane(): LaneLease {
  const first = startingLane();
  for (let step = 0; step < LANE_COUNT; step += 1) {
    const lane = (first + step) % LANE_COUNT;
    if (tryLease(lane)) return { lane, isExclusive: true };
  }
  return { lane: first, isExclusive: false };
}

function startingLane(): number {
  let hash = process.pid + threadId * 31;
  for (const character of hostname()) hash = (hash * 33 + (character.codePointAt(0) ?? 0)) % LANE_COUNT;
  return hash % LANE_COUNT;
}

function tryLease(lane: number): boolean {
  const name = `influx-monitoring-lane-${String(lane)}`;
  if (process.platform === 'linux') return tryListen(`\0${name}`);
  if (process.platform === 'win32') return tryListen(`\\\\.\\pipe\\${name}`);
  return tryLockFile(join(tmpdir(), name));
}

/** The kernel gives a name to one socket at a time, and takes it back when the process is gone. */
function tryListen(path: string): boolean {
  const server = createServer((socket) => socket.destroy());
  // A taken name is told on the next tick, too late to be of use; `listening` is right at once.
  server.on('error', () => undefined);
  server.listen({ path, exclusive: true });
  server.unref();
  return server.listening;
}

function tryLockFile(path: string): boolean {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      process.once('exit', () => {
        removeFile(path);
      });
      return true;
    } catch {
      if (!isLeftBehind(path)) return false;
      removeFile(path);
    }
  }
  return false;
}

function isLeftBehind(path: string): boolean {
  try {
    process.kill(Number(readFileSync(path, 'utf8')), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Another process was faster; the lease is decided by who creates the file.
  }
}
