import { cpus, totalmem } from 'node:os';
import { profileTables } from './profile-table.ts';
import { budgetTable, reasonsText, resultTable, type Result, type Verdict } from './report.ts';

const GIB = 1024 ** 3;

/** What was measured, and what on: all that the pages are written from. */
export interface Run {
  readonly isShort: boolean;
  /** As `describeMachine` says it. */
  readonly machine: string;
  /** Names and versions of the packages measured beside us. */
  readonly peers: string;
  readonly results: readonly Result[];
}

/** The page of results: each figure that has a budget. */
export function toPage({ isShort, machine }: Run, verdicts: readonly Verdict[]): string {
  return `# Performance

Each figure against its budget. [The measurements](performance-log.md) behind them say how they were taken and why some
budgets are missed. ${origin(isShort)}

Measured on ${machine}. This is a noisy virtual machine: trust ratios, not digits.

${budgetTable(verdicts)}
`;
}

/** The measurements behind the figures with a budget: method, tables, why budgets are missed. */
export function toLog({ isShort, machine, peers, results }: Run, verdicts: readonly Verdict[]): string {
  const budgeted = new Set(verdicts.map(({ figure }) => figure));
  const shown = results.filter(({ figures }) => figures.some(({ name }) => budgeted.has(name)));
  return `# Performance: the measurements

The tables behind [the results](performance.md). ${origin(isShort)}

- Machine: ${machine}. It is a noisy virtual machine: trust ratios, not digits.
- Compared with: ${peers}.
- Method: the variants in a table run by turns, in a different order each round, so that noise affects all of them. Tables
  show the median of the rounds and its quartiles; a figure that compares two variants is the median of the differences or
  ratios within the rounds. Times are wall-clock times, or CPU times of the process where it waits for something.
- Instructions are counted by valgrind, which is not affected by other work on the machine, but does not tell how long each
  takes.
- Topics without a budget, and where the time goes by package and function, are in \`bench/results/latest.md\` after
  \`npm run bench -- --profile\`.

${[...shown.map(resultTable), reasonsText(verdicts)].join('\n\n').trimEnd()}
`;
}

/** All tables, of topics without a budget as well. */
export function toTables({ results }: Run): string {
  return results.map(resultTable).join('\n\n');
}

/** Where the time of each variant goes, for those that were profiled. */
export function toProfiles({ results }: Run): string {
  return results
    .map(({ timings, title }) => ({ title, tables: profileTables(timings) }))
    .filter(({ tables }) => tables.length > 0)
    .map(({ tables, title }) => [`## ${title}`, ...tables].join('\n\n'))
    .join('\n\n');
}

/** The machine in a few words: processors, memory, system, Node. */
export function describeMachine(): string {
  const model = cpus()[0]?.model ?? 'unknown';
  const memory = (totalmem() / GIB).toFixed(0);
  return `${String(cpus().length)} × ${model}, ${memory} GiB, ${process.platform}, Node ${process.version}`;
}

/** Names and versions of what is measured beside us, of the dependencies as bench/package.json pins them. */
export function describePeers(dependencies: Readonly<Record<string, string>>): string {
  return Object.entries(dependencies)
    .filter(([name]) => name !== 'commander' && !name.startsWith('@types/'))
    .map(([name, version]) => `${name} ${version.replace(/^npm:/, '')}`)
    .join(', ');
}

function origin(isShort: boolean): string {
  return `Written by \`npm run bench -- --docs\`${isShort ? ' (short form)' : ''}; do not edit.`;
}
