import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { LANE_COUNT, leaseLane, tryLeaseLane, type LaneLease } from '../../src/clock/lane.ts';
import { tryLockFile } from '../../src/process/lock-file.ts';
import { bundle } from '../support/bundle.ts';

const folder = mkdtempSync(join(tmpdir(), 'influx-monitoring-lane-'));
const holder = join(folder, 'lane-holder.mjs');

const children = new Set<ChildProcess>();

interface Holder {
  readonly leases: LaneLease[];
  readonly end: (signal: NodeJS.Signals) => Promise<unknown>;
  readonly leave: () => Promise<unknown>;
}

/** Starts a process that leases lanes and holds them. */
async function hold(...arguments_: string[]): Promise<Holder> {
  const child = spawn(process.execPath, [holder, ...arguments_], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.add(child);
  const isClosed = once(child, 'close').then(() => {
    children.delete(child);
    return [''];
  });
  // A holder that ends without a word fails the test by a word that is no JSON.
  const [line = ''] = (await Promise.race([once(createInterface(child.stdout), 'line'), isClosed])) as string[];
  return {
    leases: JSON.parse(line) as LaneLease[], // the holder's own form
    end: (signal) => {
      child.kill(signal);
      return isClosed;
    },
    leave: () => {
      child.stdin.end();
      return isClosed;
    },
  };
}

beforeAll(() => {
  bundle(new URL('children/lane-holder.ts', import.meta.url), holder);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

describe('lanes of one host', () => {
  it('are distinct across processes and their threads', async () => {
    const holders = await Promise.all([hold('2'), hold('2'), hold('0')]);
    const leases = [leaseLane(), ...holders.flatMap((process) => process.leases)];
    expect(leases).toHaveLength(8);
    expect(leases.every(({ isExclusive }) => isExclusive)).toBe(true);
    expect(new Set(leases.map(({ lane }) => lane)).size).toBe(8);
  });

  it('are free again once their process was killed', async () => {
    const { leases, end } = await hold('0');
    const lane = leases[0]?.lane ?? -1;
    expect(tryLeaseLane(lane)).toBe(false);
    await end('SIGKILL');
    const next = await hold('0', String(lane));
    expect(next.leases).toEqual([{ lane, isExclusive: true }]);
    expect(tryLeaseLane(lane)).toBe(false);
  });

  it('are searched through, each once', () => {
    const asked: number[] = [];
    const lease = leaseLane((lane) => asked.push(lane) === LANE_COUNT);
    expect(lease).toEqual({ lane: asked.at(-1), isExclusive: true });
    expect(new Set(asked)).toEqual(new Set(Array.from({ length: LANE_COUNT }, (_, lane) => lane)));
  });

  it('are another one for who starts anew, whatever its name and process id', () => {
    const leases = Array.from({ length: 100 }, () => leaseLane(() => true).lane);
    expect(new Set(leases).size).toBeGreaterThan(50);
  });

  it('are shared, and said to be, when all are taken', () => {
    const asked: number[] = [];
    expect(leaseLane((lane) => asked.push(lane) < 0)).toEqual({ lane: asked[0], isExclusive: false });
  });
});

describe('a lock file, where the system has no better', () => {
  const path = join(folder, 'lane');

  it('is held by one process, and gone when that ends', async () => {
    const { leases, leave } = await hold('0', path);
    expect(leases[0]?.isExclusive).toBe(true);
    expect(tryLockFile(path)).toBe(false);
    await leave();
    expect(existsSync(path)).toBe(false);
  });

  it('is taken over from a process that was killed', async () => {
    const { end } = await hold('0', path);
    await end('SIGKILL');
    expect(existsSync(path)).toBe(true);
    const next = await hold('0', path);
    expect(next.leases[0]?.isExclusive).toBe(true);
    await next.leave();
  });

  it('is for nobody else to read, in a folder of the user', () => {
    const platform = Object.getOwnPropertyDescriptor(process, 'platform');
    vi.stubEnv('TMPDIR', folder);
    Object.defineProperty(process, 'platform', { ...platform, value: 'freebsd' });
    try {
      expect([tryLeaseLane(1), tryLeaseLane(1), tryLeaseLane(2)]).toEqual([true, false, true]);
    } finally {
      Object.defineProperty(process, 'platform', { ...platform });
      vi.unstubAllEnvs();
    }
    const locks = join(folder, `influx-monitoring-lanes-${String(process.geteuid?.())}`);
    expect(statSync(locks).mode & 0o777).toBe(0o700);
    expect(readdirSync(locks).map((name) => statSync(join(locks, name)).mode & 0o777)).toEqual([0o600, 0o600]);
  });

  it.each([
    ['a pipe', (place: string) => execFileSync('mkfifo', [place])],
    [
      'a link to a device',
      (place: string) => {
        symlinkSync('/dev/zero', place);
      },
    ],
    [
      'a large file',
      (place: string) => {
        writeFileSync(place, '9'.repeat(1000));
      },
    ],
  ])('is not had, and holds nobody up, where there is %s', (what, make) => {
    const place = join(folder, what);
    make(place);
    expect(tryLockFile(place)).toBe(false);
    expect(existsSync(place)).toBe(true);
  });

  it('is not had where no file can be made', () => {
    expect(tryLockFile(join(folder, 'no such folder', 'lane'))).toBe(false);
  });
});
