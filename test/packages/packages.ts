import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What is used of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package as `npm pack` made it. */
export interface PackedPackage {
  readonly manifest: Manifest;
  readonly tarballPath: string;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  /** Paths in the tarball. */
  readonly files: readonly string[];
}

/** What `npm pack --json` prints of each package. */
interface PackReport {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** The packages that are published: each folder of packages/ that is not private. */
export function publishedFolders(): string[] {
  return readdirSync(join(ROOT, 'packages'))
    .map((name) => join(ROOT, 'packages', name))
    .filter((folder) => readManifest(folder).private !== true);
}

/** Packs what is built. @throws Error where the tarball lacks what everybody needs */
export async function pack(folder: string, destination: string): Promise<PackedPackage> {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--pack-destination', destination], {
    cwd: folder,
  });
  const [report] = JSON.parse(stdout) as [PackReport]; // One package is packed, so there is one report.
  const manifest = readManifest(folder);
  const files = report.files.map(({ path }) => path);
  checkFiles(manifest, files);
  return {
    manifest,
    tarballPath: join(destination, report.filename),
    packedBytes: report.size,
    unpackedBytes: report.unpackedSize,
    files,
  };
}

function checkFiles({ name, exports = {}, bin = {} }: Manifest, files: readonly string[]): void {
  const named = [...pathsIn(exports), ...Object.values(bin)].map((path) => path.replace(/^\.\//, ''));
  const missing = ['LICENSE', 'README.md', ...named].filter((path) => !files.includes(path));
  if (missing.length > 0) throw new Error(`${name}: the tarball lacks ${missing.join(', ')}; was it built?`);
  const superfluous = files.filter((path) => /(^|\/)(test|bench|\.tsbuild|node_modules)\/|\.test\./.test(path));
  if (superfluous.length > 0) throw new Error(`${name}: the tarball has ${superfluous.join(', ')}`);
}

/** All paths that a tree of conditions ends in. */
function pathsIn(conditions: Readonly<Record<string, unknown>>): string[] {
  return Object.values(conditions).flatMap((value) => {
    if (typeof value === 'string') return [value];
    // What is no string is a tree of further conditions.
    return pathsIn(value as Readonly<Record<string, unknown>>);
  });
}

/** True where CommonJS may load the package. */
export function hasCommonJs({ exports = {} }: Manifest): boolean {
  const main = exports['.'];
  return typeof main === 'object' && 'require' in main;
}

function readManifest(folder: string): Manifest {
  // npm itself checks what a package.json holds.
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
