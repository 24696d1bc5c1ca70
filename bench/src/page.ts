import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { budgetTable, reasonsText, resultTable, type Result, type Verdict } from './report.ts';

const GIB = 1024 ** 3;

/** The page of results: each figure that has a budget, on which machine. */
export function toPage(verdicts: readonly Verdict[], isShort: boolean): string {
  return `# Performance

The results, each against its budget. What they come from, how they were measured, and why some budgets are missed:
[the log of measurements](performance-log.md). ${origin(isShort)}

${machine()}

${budgetTable(verdicts)}
`;
}

/** The log of measurements: machine, versions, method, all tables, why budgets are missed. */
export function toLog(results: readonly Result[], verdicts: readonly Verdict[], isShort: boolean): string {
  return `# Performance: the log of measurements

All tables behind [the results](performance.md). ${origin(isShort)}

${machine()}
- Peers: ${peers()}.
- Method: the variants of a table take turns, round by round and in another order each round, so that noise meets all of
  them. A table has the median of the rounds and its quartiles; a figure that compares two variants is the median of
  the differences or ratios within the rounds. Time is that of the wall where nothing waits, and CPU time of the process
  where something does.
- Instructions are counted by valgrind, in which nothing else of the machine shows; they say nothing of how long each takes.

${[...results.map(resultTable), reasonsText(verdicts)].join('\n\n').trimEnd()}
`;
}

function origin(isShort: boolean): string {
  return `Written by \`npm run bench -- --docs\`${isShort ? ' (short form)' : ''}; do not edit.`;
}

function machine(): string {
  const model = cpus()[0]?.model ?? 'unknown';
  const memory = (totalmem() / GIB).toFixed(0);
  return `- Machine: ${String(cpus().length)} × ${model}, ${memory} GiB, ${process.platform},
  Node ${process.version}. It is a noisy virtual machine: ratios hold, digits do not.`;
}

/** Names and versions of what is measured beside us, as bench/package.json pins them. */
function peers(): string {
  const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return Object.entries(dependencies)
    .filter(([name]) => name !== 'commander' && !name.startsWith('@types/'))
    .map(([name, version]) => `${name} ${version.replace(/^npm:/, '')}`)
    .join(', ');
}
