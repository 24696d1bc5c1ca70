import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { deliver } from './deliver.ts';
import { http } from './http.ts';
import { instructions } from './instructions.ts';
import { outage } from './outage.ts';
import { toLog, toPage } from './page.ts';
import { redis } from './redis.ts';
import { rest } from './rest.ts';
import { ws } from './ws.ts';
import { record } from './record.ts';
import { judge, type Budget, type Result, type Topic } from './report.ts';

const TOPICS: Readonly<Record<string, Topic>> = { record, http, instructions, ws, redis, deliver, outage, rest };

const program = new Command('npm run bench --')
  .description('Measures influx-monitoring side by side with the packages that people use today, as ratios.')
  .argument('[topics...]', `which topics, of ${Object.keys(TOPICS).join(', ')}; all where none is named`)
  .option('--docs', 'write docs/performance.md and docs/performance-log.md too', false)
  .option('--profile', 'say where the time goes, too', false)
  .option('--short', 'fewer and shorter rounds, for CI', false)
  .parse();

const options = program.opts<{ docs: boolean; profile: boolean; short: boolean }>();
const { docs: writesPage, profile: isProfiled, short: isShort } = options;
const unknown = program.args.find((name) => !(name in TOPICS));
if (unknown !== undefined) program.error(`unknown topic "${unknown}"; expected ${Object.keys(TOPICS).join(', ')}`);

const results: Result[] = [];
for (const [name, topic] of Object.entries(TOPICS)) {
  if (program.args.length > 0 && !program.args.includes(name)) continue;
  process.stderr.write(`measuring ${name} …\n`);
  results.push(...(await topic({ isShort, isProfiled: isProfiled || writesPage })));
}

const folder = new URL('../', import.meta.url);
const { budgets } = JSON.parse(readFileSync(new URL('budgets.json', folder), 'utf8')) as { budgets: Budget[] };
const verdicts = judge(
  budgets,
  results.flatMap(({ figures }) => figures),
);
const log = toLog(results, verdicts, isShort);
const page = toPage(verdicts, isShort);
mkdirSync(new URL('results/', folder), { recursive: true });
writeFileSync(new URL('results/latest.md', folder), `${page}\n${log}`);
writeFileSync(new URL('results/latest.json', folder), JSON.stringify({ results, verdicts }, undefined, 2));
if (writesPage) {
  for (const [name, text] of Object.entries({ performance: page, 'performance-log': log })) {
    const path = fileURLToPath(new URL(`../docs/${name}.md`, folder));
    writeFileSync(path, text);
    execFileSync('npx', ['prettier', '--write', '--log-level', 'warn', path], { stdio: 'inherit' });
  }
}
process.stdout.write(`${page}\n${log}`);
process.exitCode = verdicts.every(({ isExplained, isWithinNoise }) => isExplained || isWithinNoise) ? 0 : 1;
