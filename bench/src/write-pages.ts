import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toLog, toPage } from './page.ts';
import { readBudgets } from './recorded.ts';
import { verdictsOf, type Run } from './runs.ts';

/** Writes performance.md and performance-log.md of the recorded runs into a folder. @returns their paths */
export function writePages(runs: readonly Run[], folder: string): string[] {
  const verdicts = verdictsOf(runs, readBudgets());
  const pages = { 'performance.md': toPage(runs, verdicts), 'performance-log.md': toLog(runs, verdicts) };
  return Object.entries(pages).map(([name, text]) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  });
}
