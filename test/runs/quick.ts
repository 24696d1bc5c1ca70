/**
 * The tests that start no server and no other process, below a minute: `npm run test:quick`. Which they are is found by
 * their imports, so that no list has to be kept.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');

/** Who imports one of these, directly or through a file of the tests, needs more than Node. */
const SLOW_IMPORTS: ReadonlySet<string> = new Set(['@influx-monitoring/test-servers', 'node:child_process']);

const isSlowByFile = new Map<string, boolean>();

const folders = ['test', ...readdirSync(join(ROOT, 'packages')).map((name) => join('packages', name, 'test'))];
const files = folders
  .flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter((file) => file.endsWith('.test.ts') && !isSlow(join(ROOT, file)))
  .sort();
const { status } = spawnSync(process.execPath, [VITEST, 'run', ...process.argv.slice(2), ...files], {
  cwd: ROOT,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;

function isSlow(file: string): boolean {
  const known = isSlowByFile.get(file);
  if (known !== undefined) return known;
  // Files of a circle do not ask each other again.
  isSlowByFile.set(file, false);
  const imports = Array.from(
    readFileSync(file, 'utf8').matchAll(/\bfrom '([^']+)'|\bimport '([^']+)'/g),
    ([, named, bare]) => named ?? bare ?? '',
  );
  const result = imports.some(
    (specifier) =>
      SLOW_IMPORTS.has(specifier) ||
      (specifier.startsWith('.') && specifier.endsWith('.ts') && isSlow(resolve(dirname(file), specifier))),
  );
  isSlowByFile.set(file, result);
  return result;
}
