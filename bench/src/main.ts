import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { broadcast } from './broadcast.ts';
import { againstRecorded, comparisonTable } from './counting/against-recorded.ts';
import { growth } from './counting/growth.ts';
import { instructions } from './counting/instructions.ts';
import { deliver } from './deliver.ts';
import { fold } from './fold.ts';
import { http } from './http.ts';
import { importing } from './import.ts';
import { runByNode } from './node-version.ts';
import { outage } from './outage.ts';
import { budgetTable, toProfiles, toTables } from './page.ts';
import { readBudgets, readRecorded, writeRecorded } from './recorded.ts';
import { redis } from './redis.ts';
import { reasonsText, verdictText, type Topic } from './report.ts';
import { rest } from './rest.ts';
import {
  describeMachine,
  describePeers,
  figuresOf,
  verdictsOf,
  withoutRounds,
  withRun,
  type DatedResult,
  type Run,
} from './runs.ts';
import { writePages } from './write-pages.ts';
import { write } from './write.ts';
import { ws } from './ws.ts';
import { record } from './record.ts';

const TOPICS: Readonly<Record<string, Topic>> = {
  record,
  http,
  instructions,
  growth,
  ws,
  broadcast,
  redis,
  deliver,
  write,
  outage,
  rest,
  fold,
  import: importing,
};
/** What the short form measures: counts alone, which other work on the machine leaves as they are. */
const SHORT_TOPICS = ['instructions'];

const program = new Command('npm run bench --')
  .description('Measures influx-monitoring side by side with the packages that people use today, as ratios.')
  .argument('[topics...]', `which topics, of ${Object.keys(TOPICS).join(', ')}; all if none is named`)
  .option('--docs', 'also put the results into docs/performance.md and docs/performance-log.md', false)
  .option('--node <major>', 'by that version of Node, of test/node-versions; else by the one at hand')
  .option('--profile', 'also say where the time goes', false)
  .option('--short', 'for CI: counts of the floor and of ours alone, against those that are recorded', false)
  .parse();

const { docs, node, profile, short } = program.opts<{
  docs: boolean;
  node?: string;
  profile: boolean;
  short: boolean;
}>();
const unknown = program.args.find((name) => !(name in TOPICS));
if (unknown !== undefined) program.error(`unknown topic "${unknown}"; expected ${Object.keys(TOPICS).join(', ')}`);
if (docs && short) program.error('--docs and --short: expected one of them, since the short form leaves variants out');

process.exitCode = (node === undefined ? undefined : runByNode(node)) ?? (await bench());

/** @returns the exit code */
async function bench(): Promise<number> {
  const run = await measure();
  if (!short) return report(run);
  const comparisons = againstRecorded(figuresOf(run), run.node, readRecorded());
  process.stdout.write(`${toTables(run)}\n\n${comparisonTable(comparisons)}\n`);
  return comparisons.some(({ hasGrown }) => hasGrown) ? 1 : 0;
}

async function measure(): Promise<Run> {
  const wanted = program.args.length > 0 ? program.args : short ? SHORT_TOPICS : Object.keys(TOPICS);
  const measuredOn = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
  const results: DatedResult[] = [];
  for (const [name, topic] of Object.entries(TOPICS)) {
    if (!wanted.includes(name)) continue;
    process.stderr.write(`measuring ${name} by Node ${process.version} …\n`);
    const measured = await topic({ isShort: short, isProfiled: profile });
    results.push(...measured.map((result) => ({ ...result, measuredOn })));
  }
  const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return { node: process.version, machine: describeMachine(), peers: describePeers(dependencies), results };
}

function report(run: Run): number {
  const verdicts = verdictsOf([run], readBudgets()).filter(({ measured }) => measured !== undefined);
  const text = [budgetTable([run], verdicts), toTables(run), reasonsText(verdicts), toProfiles(run)].join('\n\n');
  const folder = new URL('../results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL('latest.md', folder), text);
  writeFileSync(new URL('latest.json', folder), JSON.stringify({ ...run, verdicts }, undefined, 2));
  if (docs) {
    const runs = withRun(readRecorded(), withoutRounds(run));
    const pages = writePages(runs, fileURLToPath(new URL('../../docs/', import.meta.url)));
    execFileSync('npx', ['prettier', '--write', '--log-level', 'warn', writeRecorded(runs), ...pages], {
      stdio: 'inherit',
    });
  }
  process.stdout.write(`${text}\n`);
  return verdicts.some((verdict) => verdictText(verdict) === 'MISSED') ? 1 : 0;
}
