import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';

/**
 * The primary of a cluster. SIGHUP replaces its processes one by one, as after a deployment; SIGTERM and SIGINT end them
 * all; one that died is replaced a second later.
 */
const PROCESS_COUNT = Number(process.env['PROCESSES'] ?? 2);
const RESTART_AFTER_MS = 1000;

if (cluster.isPrimary) await lead();
else await import('./main.ts');

async function lead(): Promise<void> {
  const running = new Set<Worker>();
  let isEnding = false;
  let reload: Promise<unknown> = Promise.resolve();

  /** @returns whether it listens; one that cannot start ends before that */
  const start = async (): Promise<boolean> => {
    if (isEnding) return false;
    const worker = cluster.fork();
    running.add(worker);
    await Promise.race([once(worker, 'listening'), once(worker, 'exit')]);
    return !worker.isDead();
  };
  const end = (worker: Worker): void => {
    running.delete(worker);
    worker.process.kill('SIGTERM');
  };
  const replaceAll = async (): Promise<void> => {
    for (const worker of [...running]) if (await start()) end(worker);
  };

  cluster.on('exit', (worker) => {
    console.log(`process ${String(worker.process.pid)} ended`);
    // One that was told to end is no longer among them.
    if (running.delete(worker)) setTimeout(() => void start(), RESTART_AFTER_MS);
  });
  process.on('SIGHUP', () => {
    reload = reload.then(replaceAll);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      isEnding = true;
      for (const worker of running) end(worker);
    });
  }
  await Promise.all(Array.from({ length: PROCESS_COUNT }, start));
  console.log(`${String(running.size)} processes`);
}
