import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PM2 = fileURLToPath(new URL('node_modules/pm2/bin/pm2', import.meta.url));

/** Processes of one service that are replaced and ended as an operator does it. */
export interface Fleet {
  /** Replaces all, one by one. */
  reload(): Promise<void>;
  /** Ends all. */
  end(): Promise<void>;
}

/** Where a fleet lives, and what its processes are told. */
export interface FleetPlace {
  /** A copy of examples/processes, built. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The example under PM2, by its ecosystem.config.cjs, with a daemon of its own. */
export async function startPm2({ folder, environment }: FleetPlace): Promise<Fleet> {
  const run = async (...words: readonly string[]): Promise<void> => {
    await promisify(execFile)(process.execPath, [PM2, ...words], {
      cwd: folder,
      // It asks nobody for a newer version.
      env: { ...environment, PM2_HOME: join(folder, 'pm2'), PM2_DISABLE_VERSION_CHECK: '1', PM2_DISCRETE_MODE: '1' },
    });
  };
  const end = async (): Promise<void> => {
    // Ends the processes as `reload` does, and then the daemon.
    await run('delete', 'all').catch(() => undefined);
    await run('kill');
  };
  try {
    await run('start', 'ecosystem.config.cjs');
  } catch (error) {
    await end();
    throw error;
  }
  return { reload: () => run('reload', 'ecosystem.config.cjs'), end };
}

/** The example under its own primary of node:cluster. */
export async function startCluster({ folder, environment }: FleetPlace, processCount: number): Promise<Fleet> {
  const primary = spawn(process.execPath, [join('dist', 'cluster.js')], {
    cwd: folder,
    env: { ...environment, PROCESSES: String(processCount) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(primary, 'exit');
  const lines = createInterface({ input: primary.stdout });
  const untilLines = (pattern: RegExp, count: number): Promise<void> =>
    new Promise((resolve, reject) => {
      let left = count;
      const look = (line: string): void => {
        if (!pattern.test(line)) return;
        left -= 1;
        if (left > 0) return;
        lines.off('line', look);
        resolve();
      };
      lines.on('line', look);
      primary.once('exit', () => {
        reject(new Error(`expected a line like ${String(pattern)} of the primary, got its end`));
      });
    });
  await untilLines(/ processes$/, 1);
  return {
    reload: async () => {
      const replaced = untilLines(/ ended$/, processCount);
      primary.kill('SIGHUP');
      await replaced;
    },
    end: async () => {
      primary.kill('SIGTERM');
      await ended;
    },
  };
}
