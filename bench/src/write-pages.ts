import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toLog, toPage, type Run } from './page.ts';
import { judge, type Budget, type Verdict } from './report.ts';

/** How a run kept the budgets of bench/budgets.json. */
export function verdictsOf({ results }: Run): Verdict[] {
  const { budgets } = JSON.parse(readFileSync(new URL('../budgets.json', import.meta.url), 'utf8')) as {
    budgets: Budget[];
  };
  return judge(
    budgets,
    results.flatMap(({ figures }) => figures),
  );
}

/** Writes performance.md and performance-log.md of a run into a folder. @returns their paths */
export function writePages(run: Run, folder: string): string[] {
  const verdicts = verdictsOf(run);
  const pages = { 'performance.md': toPage(run, verdicts), 'performance-log.md': toLog(run, verdicts) };
  return Object.entries(pages).map(([name, text]) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  });
}

/** A run with what the pages need of it, to be kept: the pages can be written from it again. */
export function withoutRounds({ results, ...run }: Run): Run {
  return {
    ...run,
    results: results.map(({ timings, ...result }) => ({
      ...result,
      timings: timings.map(({ lowerNs, medianNs, name, upperNs }) => ({
        name,
        medianNs,
        lowerNs,
        upperNs,
        roundsNs: [],
      })),
    })),
  };
}
