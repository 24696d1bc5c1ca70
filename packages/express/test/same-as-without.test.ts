import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { EXPRESS_VERSIONS } from './support/express-versions.ts';

/** What support/one-side.ts prints. */
interface Side {
  readonly answers: Readonly<Record<string, string>>;
  readonly seen: readonly unknown[];
}

const SCRIPT = fileURLToPath(new URL('support/one-side.ts', import.meta.url));

/** A process each: what is replaced of Node or of Express is so for all applications of a process. */
async function run(index: number, side: 'bare' | 'monitored'): Promise<Side> {
  const nodeArguments = ['--conditions=@influx-monitoring/source', '--import', 'tsx', SCRIPT, String(index), side];
  const { stdout } = await promisify(execFile)(process.execPath, nodeArguments, { maxBuffer: 2 ** 26 });
  // The script prints a side.
  return JSON.parse(stdout) as Side;
}

describe.each(EXPRESS_VERSIONS.map(({ name }, index) => ({ index, name })))('Express $name', async ({ index }) => {
  const [bare, monitored] = await Promise.all([run(index, 'bare'), run(index, 'monitored')]);

  it('answers the same bytes with the middleware and without', () => {
    expect(Object.keys(bare.answers).length).toBeGreaterThan(50);
    expect(monitored.answers).toEqual(bare.answers);
  });

  it('shows handlers the same: listeners, keys, headers, order, errors, limits, next', () => {
    expect(bare.seen.length).toBeGreaterThan(50);
    expect(monitored.seen).toEqual(bare.seen);
  });
});
