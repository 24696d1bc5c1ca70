import type { RealCase } from './case.ts';
import { startProgram, type Program } from './programs.ts';

/** How many cases of a program went which way. */
export interface Tally {
  readonly right: number;
  readonly wrong: number;
}

/** Tries the cases with a program, one after another, and says of each what it saw. */
export async function tryProgram(
  program: Program,
  cases: readonly RealCase[],
  print: (line: string) => void,
): Promise<Tally> {
  const influx = await startProgram(program);
  let right = 0;
  let wrong = 0;
  try {
    print(`InfluxDB ${await influx.release()} (${program.path})`);
    for (const [index, { name, run, title, versions }] of cases.entries()) {
      const place = `${String(index + 1)} of ${String(cases.length)} ${name}`;
      if (versions?.includes(program.version) === false) {
        print(`  ${place}: not of version ${String(program.version)}`);
        continue;
      }
      print(`  ${place}: ${title} …`);
      const startedAtMs = performance.now();
      const seconds = (): string => ((performance.now() - startedAtMs) / 1000).toFixed(0);
      try {
        const database = `real-${name}`;
        await influx.createDatabase(database);
        const saw = await run({ influx, database, program });
        right += 1;
        print(`    right after ${seconds()} s: ${saw}`);
      } catch (error) {
        wrong += 1;
        print(`    WRONG after ${seconds()} s: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    await influx.stop();
  }
  return { right, wrong };
}
