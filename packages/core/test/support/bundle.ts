import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ESBUILD = fileURLToPath(new URL('../../../../node_modules/.bin/esbuild', import.meta.url));

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
  ]);
}
