/**
 * Packs what would be published, installs it into fresh projects, and uses it from there: `npm run test:packages`.
 *
 * What was last built is packed: `npm run build` first.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startRedis } from '@influx-monitoring/test-servers';
import {
  CONSUMER_TOOLS,
  compilerConsumers,
  furtherConsumers,
  nodeConsumers,
  type Consumer,
  type Place,
} from './consumers.ts';
import { firstMinutes } from './first-minutes.ts';
import { createProject, dependenciesOf } from './installation.ts';
import { pack, publishedFolders, type PackedPackage } from './packages.ts';
import { PROGRAM_PACKAGES, programConsumers, PROGRAMS } from './programs.ts';
import { NEWEST_PEERS, PEER_SETS, uncoveredEnds, type PeerSet } from './peers.ts';

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});

if (values.help) {
  console.log(
    'npm run build && npm run test:packages -- [--only TEXT] [--keep]\n\n' +
      'Packs the packages, installs the tarballs into fresh projects, and uses them from there.\n' +
      '  --only TEXT   only consumers with this in their name, and only the newest peers\n' +
      '  --keep        leave the projects where they are',
  );
  process.exit(0);
}

const startedAtMs = performance.now();
const work = mkdtempSync(join(tmpdir(), 'packages-'));
const redis = await startRedis();
const failures: string[] = [];
let runCount = 0;
try {
  const packed = await timed('pack', () => packAll(join(work, 'tarballs')));
  const ends = uncoveredEnds(packed.map(({ manifest }) => manifest));
  if (ends.length > 0) throw new Error(ends.join('\n'));
  await runPrograms(packed);
  await runAll([firstMinutes(join(work, 'first-minutes'), packed)], 1);
  await runNewest(packed);
  if (values.only === undefined) for (const peers of PEER_SETS.slice(0, -1)) await runPeers(packed, peers);
} finally {
  await redis.stop();
  if (values.keep) console.log(`\nleft in ${work}`);
  else rmSync(work, { recursive: true, force: true });
}
for (const failure of failures) console.error(`\n${failure}`);
const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
console.log(`\n${String(runCount - failures.length)} of ${String(runCount)} passed, ${seconds} seconds`);
// A name that fits no consumer must not look like success.
process.exitCode = failures.length === 0 && runCount > 0 ? 0 : 1;

async function packAll(destination: string): Promise<PackedPackage[]> {
  mkdirSync(destination);
  const packed: PackedPackage[] = [];
  for (const folder of publishedFolders()) packed.push(await pack(folder, destination));
  return packed;
}

/** All consumers, with the newest of everything. */
async function runNewest(packed: readonly PackedPackage[]): Promise<void> {
  const folder = join(work, 'newest');
  await timed(`install with ${textOf(NEWEST_PEERS)}, compilers, Jest and Vitest`, () =>
    createProject(folder, packed, { ...NEWEST_PEERS, ...CONSUMER_TOOLS }),
  );
  printSizes(folder, packed);
  const place = placeOf(folder, packed);
  await runAll([...nodeConsumers(place), ...furtherConsumers(place)], 1);
  // They take most of the time, and nothing of each other.
  await runAll(compilerConsumers(place), availableParallelism());
}

/** Users' programs under their strictest flags. */
async function runPrograms(packed: readonly PackedPackage[]): Promise<void> {
  const folder = join(work, 'programs');
  console.log('\nprograms of users');
  await timed('install', () => createProject(folder, packed, PROGRAM_PACKAGES, PROGRAMS));
  await runAll(programConsumers(placeOf(folder, packed)), 1);
}

/** Runs those that are asked for, so many at the same time. */
async function runAll(consumers: readonly Consumer[], atOnce: number): Promise<void> {
  const waiting = consumers.filter(({ name }) => name.includes(values.only ?? '')).values();
  const runWaiting = async (): Promise<void> => {
    for (const consumer of waiting) await runConsumer(consumer);
  };
  await Promise.all(Array.from({ length: atOnce }, runWaiting));
}

/** One combination of peers, in Node. */
async function runPeers(packed: readonly PackedPackage[], peers: PeerSet): Promise<void> {
  const folder = join(work, Object.values(peers).join('-'));
  console.log(`\nwith ${textOf(peers)}`);
  await timed('install', () => createProject(folder, packed, peers));
  for (const consumer of nodeConsumers(placeOf(folder, packed))) await runConsumer(consumer, textOf(peers));
}

async function runConsumer(consumer: Consumer, peers = ''): Promise<void> {
  const { name } = consumer;
  runCount += 1;
  try {
    await timed(name, () => consumer.run());
  } catch (error) {
    failures.push(`${name} ${peers}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function timed<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
  const beginMs = performance.now();
  try {
    const result = await run();
    console.log(`  ${name}: ok, ${((performance.now() - beginMs) / 1000).toFixed(1)} s`);
    return result;
  } catch (error) {
    console.log(`  ${name}: FAILED`);
    throw error;
  }
}

function placeOf(folder: string, packed: readonly PackedPackage[]): Place {
  return { folder, manifests: packed.map(({ manifest }) => manifest), redisUrl: redis.url };
}

function printSizes(folder: string, packed: readonly PackedPackage[]): void {
  console.log('\n| package | packed, KiB | unpacked, KiB | files | packages it brings along |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const { manifest, packedBytes, unpackedBytes, files } of packed) {
    const cells = [
      kibibytes(packedBytes),
      kibibytes(unpackedBytes),
      files.length,
      dependenciesOf(folder, manifest.name).length,
    ];
    console.log(`| ${manifest.name} | ${cells.join(' | ')} |`);
  }
  console.log('');
}

function kibibytes(bytes: number): string {
  return (bytes / 1024).toFixed(0);
}

function textOf(peers: PeerSet): string {
  return Object.entries(peers)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}
