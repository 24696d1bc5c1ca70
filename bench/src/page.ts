import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { toMarkdown, type Result, type Verdict } from './report.ts';

const GIB = 1024 ** 3;

/** The page on performance: machine, versions, method, tables, budgets. */
export function toPage(results: readonly Result[], verdicts: readonly Verdict[], isShort: boolean): string {
  return `# Performance

Written by \`npm run bench -- --docs\`${isShort ? ' (short form)' : ''}; do not edit.

- Machine: ${String(cpus().length)} × ${cpus()[0]?.model ?? 'unknown'}, ${(totalmem() / GIB).toFixed(0)} GiB, ${process.platform},
  Node ${process.version}. It is a noisy virtual machine: ratios hold, digits do not.
- Peers: ${peers()}.
- Method: the variants of a table take turns, round by round and in another order each round, so that noise meets all of
  them. A table has the median of the rounds and its quartiles; a figure that compares two variants is the median of
  the differences or ratios within the rounds. Time is that of the wall where nothing waits, and CPU time of the process
  where something does.
- Instructions are counted by valgrind, in which nothing else of the machine shows; they say nothing of how long each takes.

${toMarkdown(results, verdicts)}`;
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
