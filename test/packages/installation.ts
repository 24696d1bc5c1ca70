import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { PackedPackage } from './packages.ts';

const CONSUMER = fileURLToPath(new URL('consumer/', import.meta.url));

/** A line of package-lock.json, as far as it is used. */
interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * Makes a fresh project: the tarballs, the packages that a user has beside them, and the files of `consumer/` or
 * of another folder.
 *
 * Peers are strict: where a range of ours does not allow a version, npm refuses.
 */
export async function createProject(
  folder: string,
  packed: readonly PackedPackage[],
  besides: Readonly<Record<string, string>>,
  files = CONSUMER,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  cpSync(files, folder, { recursive: true });
  const tarballs = packed.map(({ manifest, tarballPath }) => [manifest.name, `file:${tarballPath}`] as const);
  const dependencies = { ...Object.fromEntries(tarballs), ...besides };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, dependencies }));
  const options = ['--prefer-offline', '--strict-peer-deps', '--no-fund', '--no-audit', '--loglevel=error'];
  await promisify(execFile)('npm', ['install', ...options], { cwd: folder });
}

/** What a package brings along, at any depth and itself aside; peers not counted: the service has them. */
export function dependenciesOf(folder: string, name: string): string[] {
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  const found = new Set<string>();
  const pending = [`node_modules/${name}`];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    for (const dependency of Object.keys(lock.packages[path]?.dependencies ?? {})) {
      const resolved = resolveFrom(path, dependency, lock.packages);
      if (found.has(resolved)) continue;
      found.add(resolved);
      pending.push(resolved);
    }
  }
  return [...found];
}

/** Where Node finds a dependency: in the package's own node_modules, else in those further up. */
function resolveFrom(path: string, dependency: string, packages: Readonly<Record<string, unknown>>): string {
  for (let from = path; from !== ''; from = from.slice(0, Math.max(from.lastIndexOf('/node_modules/'), 0))) {
    const candidate = `${from}/node_modules/${dependency}`;
    if (candidate in packages) return candidate;
  }
  const top = `node_modules/${dependency}`;
  if (top in packages) return top;
  throw new Error(`${path} needs ${dependency}, which is not installed`);
}
