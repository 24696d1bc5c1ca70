/**
 * Rehearses a release, and publishes and pushes nothing: `npm run release:check`.
 *
 * What was last built is looked at: `npm run build` first.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { pack, publishedFolders } from './packages.ts';
import { addressFaults, manifestFaults, type ReleaseManifest } from './release-manifest.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const STEP_DEADLINE_MS = 180_000;
const LERNA = join(ROOT, 'node_modules', 'lerna', 'dist', 'cli.js');

const { values } = parseArgs({
  options: { final: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});

if (values.help) {
  console.log(
    'npm run build && npm run release:check -- [--final]\n\n' +
      'Checks what npm is told of each package, raises the version in a throwaway clone of the last commit, and lets\n' +
      'npm go through the publication of each tarball. Nothing leaves this machine.\n' +
      '  --final   the address of the repository must be known, too: npm takes no provenance without it',
  );
  process.exit(0);
}

/** What runs here may look things up and is told that nothing is there yet; whoever would write is remembered. */
const writes: string[] = [];
const registry = createServer((request, response) => {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (!isRead) writes.push(`${request.method ?? ''} ${request.url ?? ''}`);
  request.resume();
  response.writeHead(isRead ? 404 : 403, { 'content-type': 'application/json' }).end('{}');
}).listen(0, '127.0.0.1');
await once(registry, 'listening');
// A server that listens on a port has an address with a port.
const registryUrl = `http://127.0.0.1:${String((registry.address() as AddressInfo).port)}/`;

const startedAtMs = performance.now();
const work = mkdtempSync(join(tmpdir(), 'release-'));
const failures: string[] = [];
try {
  await step('what npm is told of each package', checkManifests);
  await step('the next version, in a clone', raiseVersion);
  await step('npm publish --dry-run of each tarball', publishNothing);
  await step('nothing was written to a registry', checkWrites);
} finally {
  registry.closeAllConnections();
  registry.close();
  rmSync(work, { recursive: true, force: true });
}
for (const failure of failures) console.error(`\n${failure}`);
console.log(`\n${failures.length === 0 ? 'ready' : 'NOT ready'}, ${secondsSince(startedAtMs)} s`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** Runs a step, prints what it found, and keeps its failure: the later steps say more. */
async function step(name: string, run: () => readonly string[] | Promise<readonly string[]>): Promise<void> {
  const beginMs = performance.now();
  try {
    const notes = await run();
    console.log(`${name}: ok, ${secondsSince(beginMs)} s`);
    for (const note of notes) console.log(`  ${note}`);
  } catch (error) {
    console.log(`${name}: FAILED`);
    failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function checkManifests(): string[] {
  const manifests = publishedFolders().map((folder) => ({ folder: basename(folder), manifest: manifestOf(folder) }));
  const { version } = JSON.parse(readFileSync(join(ROOT, 'lerna.json'), 'utf8')) as { version: string };
  const faults = manifests.flatMap(({ manifest }) => manifestFaults(manifest, version));
  const addresses = manifests.flatMap(({ folder, manifest }) => addressFaults(manifest, `packages/${folder}`));
  // No address in any of them is an open question; one in some of them is a mistake.
  const isAddressOpen = manifests.every(({ manifest }) => manifest.repository === undefined);
  if (!isAddressOpen || values.final) faults.push(...addresses);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const open = 'the address of the repository is not known yet: see docs/releasing.md, and --final';
  return [`${String(manifests.length)} packages, all ${version}`, ...(isAddressOpen ? [open] : [])];
}

/** As a release does it, from the last commit, in a clone that knows no repository to push to. */
async function raiseVersion(): Promise<string[]> {
  const clone = join(work, 'clone');
  await run(ROOT, 'git', ['clone', '--quiet', '--no-hardlinks', ROOT, clone]);
  await run(clone, 'git', ['remote', 'remove', 'origin']);
  // A CI may have checked out a commit, and a release is made from the branch only.
  await run(clone, 'git', ['checkout', '--quiet', '-B', 'main']);
  await run(clone, 'git', ['config', 'user.name', 'release check']);
  await run(clone, 'git', ['config', 'user.email', 'release-check@localhost']);
  const before = (await run(clone, 'git', ['rev-parse', 'HEAD'])).trim();
  await run(clone, process.execPath, [LERNA, 'version', '--no-push', '--yes', '--loglevel', 'error']);
  const { version } = JSON.parse(readFileSync(join(clone, 'lerna.json'), 'utf8')) as { version: string };
  const tags = (await run(clone, 'git', ['tag', '--points-at', 'HEAD'])).trim();
  if (tags !== `v${version}`) throw new Error(`expected the tag v${version}, got ${tags === '' ? 'none' : tags}`);
  const faults = publishedFolders().flatMap((folder) =>
    manifestFaults(manifestOf(join(clone, 'packages', basename(folder))), version),
  );
  if (faults.length > 0) throw new Error(faults.join('\n'));
  // It refuses a lock that does not fit, as when a workspace still asks for the version of before.
  await run(clone, 'npm', ['ci', '--dry-run', '--ignore-scripts', '--loglevel', 'error']);
  const changed = (await run(clone, 'git', ['diff', '--name-only', before, 'HEAD'])).trim().split('\n');
  return [`it would be ${version}, in ${String(changed.length)} files, the lock among them`];
}

async function publishNothing(): Promise<string[]> {
  const destination = join(work, 'tarballs');
  mkdirSync(destination);
  const notes: string[] = [];
  for (const folder of publishedFolders()) {
    const { manifest, tarballPath, packedBytes } = await pack(folder, destination);
    await run(work, 'npm', ['publish', tarballPath, '--dry-run', '--loglevel', 'error']);
    notes.push(`${manifest.name}@${manifest.version}, ${(packedBytes / 1024).toFixed(0)} KiB`);
  }
  return notes;
}

function checkWrites(): string[] {
  if (writes.length > 0) throw new Error(writes.join('\n'));
  return [];
}

/** Runs a program that knows no registry but the one of this file, and no credentials. */
async function run(folder: string, program: string, parameters: readonly string[]): Promise<string> {
  const environment = {
    ...process.env,
    npm_config_fetch_retries: '0',
    npm_config_registry: registryUrl,
    npm_config_userconfig: join(work, 'npmrc'),
  };
  try {
    const running = promisify(execFile)(program, parameters, {
      cwd: folder,
      env: environment,
      maxBuffer: Number.POSITIVE_INFINITY,
      timeout: STEP_DEADLINE_MS,
    });
    // Whoever asks a question here is answered by the end of its input, and does not wait.
    running.child.stdin?.end();
    return (await running).stdout;
  } catch (error) {
    // By its documentation what execFile rejects with has these; its message has what went to stderr.
    const { message, stdout = '' } = error as Error & { stdout?: string };
    throw new Error(`${message}\n${stdout}`, { cause: error });
  }
}

function manifestOf(folder: string): ReleaseManifest {
  // npm itself checks what a package.json holds.
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as ReleaseManifest;
}

function secondsSince(beginMs: number): string {
  return ((performance.now() - beginMs) / 1000).toFixed(1);
}
