/**
 * A fleet of processes through reloads, kills and an outage of the database, under traffic: `npm run test:fleet`.
 *
 * The example examples/processes runs under PM2 and under node:cluster; each request that was answered must be in a real
 * InfluxDB 1.6 once, by its request id, but for what `kill -9` may cost at each level of durability (docs/delivery.md).
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startCluster, startPm2 } from './fleets.ts';
import { meetOutsider } from './outsider.ts';
import { runScenario, type Scenario } from './scenario.ts';

/** How exactly this process knows when another answered, and a busy machine runs its timers, in milliseconds. */
const SLACK_MS = 250;
/** A flush a second, and what docs/delivery.md allows beside it. */
const OVERFLOW_LOSS_MS = 1200 + SLACK_MS;
const WAL_LOSS_MS = 250 + SLACK_MS;
const HANDSHAKES = 5700;
const TAGS_OF_HANDSHAKE = 3;
const PROCESSES = 3;

const SCENARIOS: Readonly<Record<string, Omit<Scenario, 'tell'>>> = {
  pm2: { durability: 'overflow', killCount: 10, maxLossMs: OVERFLOW_LOSS_MS, reloadCount: 10, start: startPm2 },
  cluster: {
    durability: 'wal',
    killCount: 10,
    maxLossMs: WAL_LOSS_MS,
    reloadCount: 6,
    start: (place) => startCluster(place, PROCESSES),
  },
  'cluster-fsync': {
    durability: 'wal+fsync',
    killCount: 10,
    maxLossMs: WAL_LOSS_MS,
    reloadCount: 3,
    start: (place) => startCluster(place, PROCESSES),
  },
};
const NAMES = [...Object.keys(SCENARIOS), 'outsider'];

const HELP = `npm run test:fleet -- [--only NAME]...

Runs examples/processes under traffic, with a real InfluxDB 1.6 that is away for a third of the time, and compares by
request id. PM2 is installed into test/fleet, and has a daemon and a folder of its own. 8 minutes. Ends with 1 where
something is wrong.

  pm2            PM2, 2 processes, 10 reloads, 10 kills by SIGKILL; durability overflow
  cluster        node:cluster, ${String(PROCESSES)} processes, 6 reloads, 10 kills; durability wal
  cluster-fsync  the same with 3 reloads and wal+fsync
  outsider       ${String(HANDSHAKES)} handshakes with long ids as tags: what comes after them has its standard tags

  --only NAME    that one alone; may be given again`;

const { values } = parseArgs({
  options: { help: { type: 'boolean', short: 'h', default: false }, only: { type: 'string', multiple: true } },
});
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const only = values.only ?? NAMES;
const unknown = only.find((name) => !NAMES.includes(name));
if (unknown !== undefined) {
  console.error(`--only: expected one of ${NAMES.join(', ')}, got ${JSON.stringify(unknown)}`);
  process.exit(2);
}

const folder = fileURLToPath(new URL('.', import.meta.url));
const example = fileURLToPath(new URL('../../examples/processes/', import.meta.url));
console.log('installing PM2, building the example …');
const npm = ['ci', '--prefix', folder, '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel', 'error'];
execFileSync('npm', npm, { stdio: 'inherit' });
execFileSync('npm', ['run', 'build', '--silent'], { cwd: example, stdio: 'inherit' });

const wrong: string[] = [];
for (const [name, scenario] of Object.entries(SCENARIOS)) if (only.includes(name)) await tryFleet(name, scenario);
if (only.includes('outsider')) await tryOutsider();
console.log(wrong.length === 0 ? 'right' : `wrong: ${wrong.join(', ')}`);
process.exitCode = wrong.length === 0 ? 0 : 1;

async function tryFleet(name: string, scenario: Omit<Scenario, 'tell'>): Promise<void> {
  const startedAtMs = performance.now();
  const tell = (progress: string): void => {
    process.stderr.write(`  ${name}: ${progress}\n`);
  };
  const result = await runScenario({ ...scenario, tell });
  const { doubled, missing, queueFolders, ...figures } = result;
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  console.log({
    name,
    durability: scenario.durability,
    ...figures,
    missing: missing.length,
    doubled,
    queueFolders,
    seconds,
  });
  if (missing.length > 0) console.log(`missing, for instance: ${missing.slice(0, 5).join(', ')}`);
  const isRight = figures.answeredCount > 0 && missing.length + doubled.length + queueFolders.length === 0;
  if (!isRight) wrong.push(name);
}

async function tryOutsider(): Promise<void> {
  process.stderr.write(`  outsider: ${String(HANDSHAKES)} handshakes\n`);
  const { errors, handshakeCount, overflows, requests } = await meetOutsider(HANDSHAKES, TAGS_OF_HANDSHAKE);
  const tags = requests.map((row) => `${String(row['route'])} ${String(row['status_code'])} ${String(row['service'])}`);
  console.log({ name: 'outsider', handshakeCount, overflows, requestsAfter: tags, errorsAfter: errors.length });
  const isRight = tags.join() === 'GET:/orders/:id 200 shop,GET:/payments/:id 503 shop';
  if (!isRight || handshakeCount !== HANDSHAKES) wrong.push('outsider');
}
