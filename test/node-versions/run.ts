/**
 * Runs the tests on each version of Node that is supported: `npm run test:node`, `npm run test:node -- --only 24`.
 *
 * The tests of the packages; with `--all` those of `test/` too, which takes as long as `npm test` for each version.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
// A project of vitest.config.ts is named after its package's folder.
const PACKAGE_PROJECTS = readdirSync(join(ROOT, 'packages')).sort();
const MAJORS = ['20', '22', '24', '26'];

/** What came of the tests on one version. */
interface Run {
  readonly version: string;
  readonly passedCount: number;
  readonly failedCount: number;
  readonly seconds: number;
}

/** What is used of vitest's report in JSON. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly success: boolean;
}

const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    'at-once': { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    project: { type: 'string', multiple: true },
  },
});

if (values.help) {
  console.log(
    'npm run test:node -- [--only MAJOR]... [--project NAME]... [--all] [--at-once N]\n\n' +
      `Runs the tests on Node ${MAJORS.join(', ')}.\n` +
      '  --only MAJOR     on that one alone; may be given again\n' +
      `  --project NAME   of ${PACKAGE_PROJECTS.join(', ')} or whole; may be given again\n` +
      '  --all            the tests of test/ too\n' +
      '  --at-once N      so many versions at the same time; what each printed is shown when it is done',
  );
  process.exit(0);
}

const majors = values.only ?? MAJORS.filter((major) => major !== majorOf(process.version));
const unknown = majors.find((major) => !MAJORS.includes(major));
if (unknown !== undefined) {
  console.error(`--only: expected one of ${MAJORS.join(', ')}, got ${unknown}`);
  process.exit(2);
}
const atOnce = Number(values['at-once']);
if (!Number.isSafeInteger(atOnce) || atOnce < 1) {
  console.error(`--at-once: expected a whole number from 1 on, got ${values['at-once']}`);
  process.exit(2);
}
const projects = values.project ?? [...PACKAGE_PROJECTS, ...(values.all ? ['whole'] : [])];

// Another command may be running one of them: what is there stays.
if (!majors.every((major) => existsSync(binaryOf(major)))) {
  console.log(`installing Node ${MAJORS.join(', ')} …`);
  execFileSync('npm', ['ci', '--prefix', FOLDER, '--no-fund', '--no-audit', '--loglevel', 'error'], {
    stdio: 'inherit',
  });
}

const runs: Run[] = [];
const waiting = majors.values();
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    for (const major of waiting) runs.push(await runOn(binaryOf(major)));
  }),
);

console.log('\n| Node | passed | failed | seconds |\n| --- | --- | --- | --- |');
for (const { version, passedCount, failedCount, seconds } of runs) {
  console.log(`| ${version} | ${String(passedCount)} | ${String(failedCount)} | ${seconds.toFixed(0)} |`);
}
process.exitCode = runs.every(({ failedCount, passedCount }) => failedCount === 0 && passedCount > 0) ? 0 : 1;

/** The binary of a major; the one at hand where it is of that major. */
function binaryOf(major: string): string {
  if (majorOf(process.version) === major) return process.execPath;
  return join(FOLDER, 'node_modules', `node-${major}`, 'bin', 'node');
}

function majorOf(version: string): string {
  return version.replace(/^v/, '').split('.')[0] ?? '';
}

async function runOn(binary: string): Promise<Run> {
  const version = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim();
  const title = `\n== Node ${version}: ${projects.join(', ')}`;
  console.log(title);
  const folder = mkdtempSync(join(tmpdir(), 'node-versions-'));
  const reportPath = join(folder, 'report.json');
  const startedAtMs = performance.now();
  const child = spawn(
    binary,
    [
      VITEST,
      'run',
      ...projects.flatMap((project) => ['--project', project]),
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${reportPath}`,
    ],
    // What the tests start by name must be of this version too.
    {
      cwd: ROOT,
      env: { ...process.env, PATH: `${dirname(binary)}${delimiter}${process.env['PATH'] ?? ''}` },
      stdio: atOnce === 1 ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    },
  );
  const printed: Buffer[] = [];
  // Without pipes, where what is printed goes straight on, there is nothing to listen to.
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => printed.push(chunk));
  const [exitCode] = (await once(child, 'close')) as [number | null];
  if (atOnce > 1) process.stdout.write(Buffer.concat([Buffer.from(`${title}, done\n`), ...printed]));
  const seconds = (performance.now() - startedAtMs) / 1000;
  try {
    const { numPassedTests, numFailedTests, success } = JSON.parse(readFileSync(reportPath, 'utf8')) as Report;
    // An error outside of all tests fails none of them.
    const isOnlyOutside = numFailedTests === 0 && (!success || exitCode !== 0);
    return { version, passedCount: numPassedTests, failedCount: numFailedTests + (isOnlyOutside ? 1 : 0), seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
