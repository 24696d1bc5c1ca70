import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryLockFile } from '../process/lock-file.ts';
import { runOutsideContext } from '../process/outside-context.ts';
import { makeFolder } from '../process/private-files.ts';

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
 * The search starts anywhere: a restarted process seldom gets the lane of its forerunner, in a container neither, where
 * all processes have one id; and containers, which cannot see each other's leases, seldom meet. For several hosts on one
 * series give each process a lane of its own by option.
 *
 * @param tryLease - how a lane is taken; the host's way where not given
 */
export function leaseLane(tryLease: (lane: number) => boolean = tryLeaseLane): LaneLease {
  const first = randomInt(LANE_COUNT);
  for (let step = 0; step < LANE_COUNT; step += 1) {
    const lane = (first + step) % LANE_COUNT;
    if (tryLease(lane)) return { lane, isExclusive: true };
  }
  return { lane: first, isExclusive: false };
}

/**
 * Takes a lane, so that no other process or thread of this host leases it.
 *
 * @returns false where one has it already, this process included
 */
export function tryLeaseLane(lane: number): boolean {
  const name = `influx-monitoring-lane-${String(lane)}`;
  if (process.platform === 'linux') return tryListen(`\0${name}`);
  if (process.platform === 'win32') return tryListen(`\\\\.\\pipe\\${name}`);
  return tryLockFile(join(lockFolder(), name));
}

/** A folder of this user's, since others could put anything into the one for temporary files. */
function lockFolder(): string {
  const folder = join(tmpdir(), `influx-monitoring-lanes-${String(process.geteuid?.() ?? 0)}`);
  try {
    makeFolder(folder);
  } catch {
    // Then no file can be made in it either, which is told: the lane may be another process's, too.
  }
  return folder;
}

/** The kernel gives a name to one socket at a time, and takes it back when the process is gone. */
function tryListen(path: string): boolean {
  // It lives as long as the process, and so would the request in which the clock was first asked.
  return runOutsideContext(() => {
    const server = createServer((socket) => socket.destroy());
    // A taken name is told on the next tick, too late to be of use; `listening` is right at once.
    server.on('error', () => undefined);
    server.listen({ path, exclusive: true });
    server.unref();
    return server.listening;
  });
}
