import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { majorOf } from './runs.ts';

/** Where the other versions of Node come from: npm packages that carry the binary. */
const VERSIONS = fileURLToPath(new URL('../../test/node-versions/', import.meta.url));

/**
 * Runs this command again by another version of Node, if another one is wanted.
 *
 * @param major - as in `24`
 * @returns its exit code; `undefined` where this process has the version already
 */
export function runByNode(major: string): number | undefined {
  if (majorOf({ node: process.version }) === major) return undefined;
  const binary = `${VERSIONS}node_modules/node-${major}/bin/node`;
  if (!existsSync(binary))
    execFileSync('npm', ['ci', '--prefix', VERSIONS, '--no-fund', '--no-audit'], { stdio: 'inherit' });
  if (!existsSync(binary))
    throw new Error(`--node: expected a version of test/node-versions/package.json, got ${major}`);
  const { status } = spawnSync(binary, [...process.execArgv, ...process.argv.slice(1)], { stdio: 'inherit' });
  return status ?? 1;
}
