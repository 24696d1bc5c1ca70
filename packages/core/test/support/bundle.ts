import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ESBUILD = fileURLToPath(new URL('../../../../node_modules/.bin/esbuild', import.meta.url));

const MODULE_URL = "const moduleUrl = require('node:url').pathToFileURL(__filename).href;";

/**
 * Puts a TypeScript file and what it imports into one that any Node.js runs, its worker threads included (tsx does not
 * reach those on Node 20).
 *
 * @param format - `esm` or `cjs`
 */
export function bundle(source: URL, target: string, format: 'esm' | 'cjs' = 'esm'): void {
  execFileSync(ESBUILD, [
    fileURLToPath(source),
    '--bundle',
    '--platform=node',
    '--packages=external',
    '--alias:@influx-monitoring/core=' + fileURLToPath(new URL('../../src/index.ts', import.meta.url)),
    `--format=${format}`,
    `--outfile=${target}`,
    '--log-level=error',
    // CommonJS has no import.meta; the build of the package puts the same in its place.
    ...(format === 'cjs' ? ['--define:import.meta.url=moduleUrl', `--banner:js=${MODULE_URL}`] : []),
  ]);
}
