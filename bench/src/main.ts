import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { broadcast } from './broadcast.ts';
import { deliver } from './deliver.ts';
import { http } from './http.ts';
import { instructions } from './instructions.ts';
import { outage } from './outage.ts';
import { describeMachine, describePeers, toPage, toProfiles, toTables, type Run } from './page.ts';
import { redis } from './redis.ts';
import { rest } from './rest.ts';
import { write } from './write.ts';
import { ws } from './ws.ts';
import { record } from './record.ts';
import { reasonsText, type Result, type Topic } from './report.ts';
import { verdictsOf, withoutRounds, writePages } from './write-pages.ts';

const TOPICS: Readonly<Record<string, Topic>> = {
  record,
  http,
  instructions,
  ws,
  broadcast,
  redis,
  deliver,
  write,
  outage,
  rest,
};

const program = new Command('npm run bench --')
  .description('Measures influx-monitoring side by side with the packages that people use today, as ratios.')
  .argument('[topics...]', `which topics, of ${Object.keys(TOPICS).join(', ')}; all if none is named`)
  .option('--docs', 'also write docs/performance.md and docs/performance-log.md', false)
  .option('--profile', 'also say where the time goes', false)
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
  results.push(...(await topic({ isShort, isProfiled })));
}

const folder = new URL('../', import.meta.url);
const { dependencies } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
  dependencies: Record<string, string>;
};
const run: Run = { isShort, machine: describeMachine(), peers: describePeers(dependencies), results };
const verdicts = verdictsOf(run);
const text = [toPage(run, verdicts), toTables(run), reasonsText(verdicts), toProfiles(run)].join('\n\n');
mkdirSync(new URL('results/', folder), { recursive: true });
writeFileSync(new URL('results/latest.md', folder), text);
writeFileSync(new URL('results/latest.json', folder), JSON.stringify({ ...run, verdicts }, undefined, 2));
if (writesPage) {
  const recorded = fileURLToPath(new URL('recorded.json', folder));
  writeFileSync(recorded, JSON.stringify(withoutRounds(run)));
  const paths = [recorded, ...writePages(run, fileURLToPath(new URL('../docs/', folder)))];
  execFileSync('npx', ['prettier', '--write', '--log-level', 'warn', ...paths], { stdio: 'inherit' });
}
process.stdout.write(text);
process.exitCode = verdicts.every(({ isExplained, isWithinNoise }) => isExplained || isWithinNoise) ? 0 : 1;
