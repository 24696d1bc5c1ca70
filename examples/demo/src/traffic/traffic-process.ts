import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TrafficOptions } from './options.ts';

/** The process that makes traffic. */
export interface TrafficProcess {
  /** Rejects if it ends before it is told to. */
  readonly failure: Promise<never>;
  readonly stop: () => Promise<void>;
}

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const STOP_TIMEOUT_MS = 3000;

/** Starts the traffic maker, and waits for its first request. It ends with this process, whatever happens to it. */
export async function startTraffic(options: TrafficOptions): Promise<TrafficProcess> {
  const child = fork(MAIN, [JSON.stringify(options)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  let isStopping = false;
  const failure = once(child, 'exit').then(([code]: unknown[]) => {
    if (isStopping) return new Promise<never>(() => undefined);
    throw new Error(`the traffic maker ended with exit code ${String(code)}`);
  });
  failure.catch(() => undefined);
  await Promise.race([once(child, 'message'), failure]);
  return {
    failure,
    stop: async () => {
      isStopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      const exited = once(child, 'exit');
      child.send('stop');
      await exited;
      clearTimeout(timer);
    },
  };
}
