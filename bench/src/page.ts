import { profileTables } from './profile-table.ts';
import { boundText, reasonsText, resultTables, verdictText, type Verdict } from './report.ts';
import { figuresOf, majorOf, type Run } from './runs.ts';
import { round, table } from './table.ts';

const ORIGIN = 'Written by `npm run bench -- --docs`; do not edit.';

/** The page of results: each figure that has a budget, on each version of Node that it was measured on. */
export function toPage(runs: readonly Run[], verdicts: readonly Verdict[]): string {
  return `# Performance

Each figure against its budget. [The measurements](performance-log.md) behind them say how they were taken and why some
budgets are missed. ${ORIGIN}

Measured on ${listed(runs.map(({ machine }) => machine))}. This is a noisy virtual machine: trust instructions and ratios,
not digits. Instructions have no noise, and CI fails where one of ours is 1.3 times what stands here. Budgets are held
against Node 24, and against the newest other version where a figure was not measured on it.

${budgetTable(runs, verdicts)}
`;
}

/** The measurements behind the figures with a budget: method, tables, why budgets are missed. */
export function toLog(runs: readonly Run[], verdicts: readonly Verdict[]): string {
  const budgeted = new Set(verdicts.map(({ figure }) => figure));
  const titles = new Set(
    runs.flatMap(({ results }) =>
      results.filter(({ figures }) => figures.some(({ name }) => budgeted.has(name))).map(({ title }) => title),
    ),
  );
  return `# Performance: the measurements

The tables behind [the results](performance.md). ${ORIGIN}

- Machine: ${listed(runs.map(({ machine }) => machine))}. It is a noisy virtual machine: trust ratios, not digits.
- Compared with: ${listed(runs.map(({ peers }) => peers))}.
- Method of times: the variants in a table run by turns, in a different order each round, so that noise affects all of them.
  Tables show the median of the rounds and its quartiles; a figure that compares two variants is the median of the
  differences or ratios within the rounds. Times are wall-clock times, or CPU times of the process where it waits for
  something.
- Method of an Express request's time: one variant at a time beside the floor, each a process that is kept hot by blocks of
  3,000 requests, in the order ABBA. Figures are the median of the pairs' differences, and the difference of both minima.
- Method of instructions: valgrind counts them, which is not affected by other work on the machine, but does not tell how
  long each takes. Each count is the median of five blocks, after a process has warmed up; collecting garbage and compiling
  stand aside. The process's clocks go with its work: under valgrind what is done once a millisecond would count fifty
  times. V8 compiles sooner than it would by itself, so that counts depend less on when it does.
- Topics without a budget, and where the time goes by package and function, are in \`bench/results/latest.md\` after
  \`npm run bench -- --profile\`.

${[...Array.from(titles, (title) => section(runs, title)), reasonsText(verdicts)].join('\n\n').trimEnd()}
`;
}

/** All tables of one run, of topics without a budget as well. */
export function toTables({ results }: Run): string {
  return results.map((result) => [`## ${result.title}`, resultTables(result)].join('\n\n')).join('\n\n');
}

/** Where the time of each variant goes, for those that were profiled. */
export function toProfiles({ results }: Run): string {
  return results
    .map(({ timings, title }) => ({ title, tables: profileTables(timings) }))
    .filter(({ tables }) => tables.length > 0)
    .map(({ tables, title }) => [`## ${title}`, ...tables].join('\n\n'))
    .join('\n\n');
}

/** The figures that have a budget, on each version, and how it was kept. */
export function budgetTable(runs: readonly Run[], verdicts: readonly Verdict[]): string {
  const measured = runs.map((run) => new Map(figuresOf(run).map(({ name, median }) => [name, round(median)])));
  const rows = verdicts.map((verdict) => [
    verdictText(verdict),
    `\`${verdict.figure}\``,
    boundText(verdict),
    ...measured.map((figures) => figures.get(verdict.figure) ?? ''),
    verdict.why,
  ]);
  const versions = runs.map((run) => `Node ${majorOf(run)}`);
  return `## Budgets\n\n${table(['', 'figure', 'budget', ...versions, 'meaning'], rows)}`;
}

/** What was measured under one title, version by version. */
function section(runs: readonly Run[], title: string): string {
  const parts = runs.flatMap(({ node, results }) =>
    results
      .filter((result) => result.title === title)
      .map((result) => [`### Node ${node.slice(1)}, ${result.measuredOn}`, resultTables(result)].join('\n\n')),
  );
  return [`## ${title}`, ...parts].join('\n\n');
}

function listed(texts: readonly string[]): string {
  return [...new Set(texts)].join('; ');
}
