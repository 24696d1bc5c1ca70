import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

interface Report {
  readonly grownBytes: number;
  readonly points: number;
  readonly received: number;
  readonly sets: readonly string[];
}

const SCRIPT = fileURLToPath(new URL('support/hostile-requests.ts', import.meta.url));
const MAX_GROWN_BYTES = 2 * 1024 * 1024;

/** One application's routes, the methods that Node reads, and the statuses that can come of them. */
const MAX_TAG_SETS = 1000;

describe('20,000 requests of random URLs, methods, headers, cookies and bodies', async () => {
  const nodeArguments = ['--expose-gc', '--conditions=@influx-monitoring/source', '--import', 'tsx', SCRIPT];
  const { stdout } = await promisify(execFile)(process.execPath, nodeArguments, { maxBuffer: 2 ** 26 });
  // The script prints a report.
  const { grownBytes, points, received, sets } = JSON.parse(stdout) as Report;

  it('are all recorded', () => {
    expect(points).toBe(received);
    // Of a few the head never came: their clients were quicker than their requests.
    expect(received).toBeGreaterThan(20_000);
  });

  it('leave the heap as it was', () => {
    expect(grownBytes).toBeLessThan(MAX_GROWN_BYTES);
  });

  it('make a bounded number of series, with nothing of the client in any tag', () => {
    expect(sets.length).toBeLessThan(MAX_TAG_SETS);
    expect(sets.filter((each) => each.includes('secret'))).toEqual([]);
    const resources = new Set(sets.map((each) => /"route":"[A-Z-]+:([^"]*)"/.exec(each)?.[1]));
    expect([...resources].toSorted()).toEqual(['/*', '/api/:tenant/fails/:id', '/api/:tenant/users/:id', 'unmatched']);
  });
});
