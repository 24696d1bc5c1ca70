/**
 * Runs a small service wherever people run theirs, from the tarballs that would be published, and compares its points with
 * what was sent: `npm run test:hosts`. What came of it is written into docs/hosts.md.
 *
 * What was last built is packed; `npm run` builds before.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createProject } from '../packages/installation.ts';
import { pack, publishedFolders, type PackedPackage } from '../packages/packages.ts';
import type { Host } from './host.ts';
import { HOSTS } from './hosts.ts';
import { writeResults, type Result } from './results-page.ts';

const FILES = fileURLToPath(new URL('files/', import.meta.url));
const EXPRESS = '5.3.0';
const AT_A_TIME = 2;

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
  },
});

if (values.help) {
  console.log(
    'npm run test:hosts -- [--only NAME]... [--check] [--keep]\n\n' +
      `Runs a service in: ${HOSTS.map(({ name }) => name).join(', ')}.\n` +
      '  --only NAME   in that one alone; may be given again\n' +
      '  --check       leave docs/hosts.md as it is\n' +
      '  --keep        leave the projects where they are',
  );
  process.exit(0);
}

const unknown = values.only.find((name) => !HOSTS.some((host) => host.name === name));
if (unknown !== undefined) {
  console.error(`--only: expected one of ${HOSTS.map(({ name }) => name).join(', ')}, got ${unknown}`);
  process.exit(2);
}

const startedAtMs = performance.now();
const work = mkdtempSync(join(tmpdir(), 'hosts-'));
const results: Result[] = [];
try {
  const packed = await packAll(join(work, 'tarballs'));
  const waiting = HOSTS.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
  // Installing waits for disks and the network, running for timers, so two go on at a time.
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (let host = waiting.shift(); host !== undefined; host = waiting.shift()) {
        const result = await tryHost(host, packed);
        results.push(result);
        // At once: a run that is interrupted has told what it knows.
        if (!values.check) writeResults([result]);
      }
    }),
  );
} finally {
  if (values.keep) console.log(`left in ${work}`);
  else rmSync(work, { recursive: true, force: true });
}
const failedCount = results.filter(({ isRight }) => !isRight).length;
console.log(
  `\n${String(results.length - failedCount)} of ${String(results.length)} right, ${secondsSince(startedAtMs)} s`,
);
process.exitCode = failedCount === 0 ? 0 : 1;

async function packAll(destination: string): Promise<PackedPackage[]> {
  mkdirSync(destination);
  const packed: PackedPackage[] = [];
  for (const folder of publishedFolders()) packed.push(await pack(folder, destination));
  return packed;
}

async function tryHost(host: Host, packed: readonly PackedPackage[]): Promise<Result> {
  const beginMs = performance.now();
  const folder = join(work, host.name);
  const emptyFolder = join(work, `${host.name}-empty`);
  mkdirSync(emptyFolder);
  try {
    const used = packed.filter(({ manifest }) => /\/(core|express|dashboard)$/.test(manifest.name));
    await createProject(folder, used, { express: EXPRESS, ...host.dependencies }, FILES);
    const installedMs = performance.now();
    const text = await host.run({ folder, emptyFolder, packed });
    const times = `installed in ${((installedMs - beginMs) / 1000).toFixed(0)} s, ran ${secondsSince(installedMs)} s`;
    console.log(`  ${host.name}: right (${text}); ${times}`);
    return { host, isRight: true, text };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    console.log(`  ${host.name}: WRONG after ${secondsSince(beginMs)} s\n${text}`);
    return { host, isRight: false, text: text.split('\n')[0] ?? '' };
  }
}

function secondsSince(beginMs: number): string {
  return ((performance.now() - beginMs) / 1000).toFixed(0);
}
