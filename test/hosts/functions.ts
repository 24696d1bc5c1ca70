import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { join } from 'node:path';
import type { Host, HostPlace } from './host.ts';
import { runProgram, startProgram } from './program.ts';
import { REQUESTS_A_SERVICE, Trial } from './trial.ts';

/** How long a function is frozen between two calls. */
const FROZEN_MS = 200;

/** Functions that are frozen between calls, scripts that end by `process.exit`, requests that never see a socket. */
export const FUNCTIONS: readonly Host[] = [
  {
    name: 'lambda',
    title: 'a function as AWS Lambda runs it, serverless-http 4.0.0',
    dependencies: { 'serverless-http': '4.0.0' },
    run: runFunction,
  },
  {
    name: 'script',
    title: 'a script that ends by `process.exit`',
    dependencies: {},
    run: runScript,
  },
  {
    name: 'light-my-request',
    title: 'light-my-request 6.8.1',
    dependencies: { 'light-my-request': '6.8.1' },
    run: async ({ folder }) => {
      await using trial = await Trial.start();
      await runProgram([process.execPath, 'inject.cjs'], { cwd: folder, env: trial.env });
      trial.check(REQUESTS_A_SERVICE);
      return 'requests without a socket';
    },
  },
];

async function runFunction({ folder }: HostPlace): Promise<string> {
  await using trial = await Trial.start();
  await callFunction(folder, trial.env);
  trial.check(REQUESTS_A_SERVICE);
  // The database is away during a whole life of the function, and its end has no warning.
  const env = {
    ...trial.env,
    MONITORING_DURABILITY: 'wal',
    MONITORING_SPOOL_FOLDER: join(trial.folder, 'spool'),
  };
  await trial.influx.refuse();
  await callFunction(folder, env);
  await trial.influx.listen();
  await callFunction(folder, env);
  trial.check(3 * REQUESTS_A_SERVICE);
  return 'stopped (SIGSTOP) between calls and killed after the last, `flush()` in each; one life without a database, from the spool in the next';
}

async function callFunction(cwd: string, env: Readonly<Record<string, string>>): Promise<void> {
  const { child, ended } = startProgram([process.execPath, 'function.cjs'], { cwd, env });
  try {
    const answered = () =>
      Promise.race([once(child, 'message'), ended.then(() => Promise.reject(new Error('it ended')))]);
    await answered();
    for (let index = 0; index < REQUESTS_A_SERVICE; index += 1) {
      const done = answered();
      child.send(index);
      await done;
      child.kill('SIGSTOP');
      await wait(FROZEN_MS);
      child.kill('SIGCONT');
    }
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
}

async function runScript({ folder }: HostPlace): Promise<string> {
  await using trial = await Trial.start();
  const env = { ...trial.env, MONITORING_SPOOL_FOLDER: join(trial.folder, 'spool') };
  for (let runs = 0; runs < 2; runs += 1) {
    await runProgram([process.execPath, 'script.cjs'], { cwd: folder, env });
  }
  // What the last one left, whoever runs next delivers.
  await runProgram([process.execPath, 'service.cjs'], { cwd: folder, env });
  trial.check(3 * REQUESTS_A_SERVICE);
  return 'points left in the spool, delivered by the next run';
}
