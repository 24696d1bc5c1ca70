import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './snippets.ts';

const run = promisify(execFile);

interface Recorded {
  readonly runs: readonly {
    readonly results: readonly { readonly title: string; readonly figures: readonly { readonly name: string }[] }[];
  }[];
}
interface Budgets {
  readonly budgets: readonly { readonly figure: string }[];
}

function read(...path: string[]): string {
  return readFileSync(join(ROOT, ...path), 'utf8');
}

describe('the pages of performance', () => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'performance-'));
    await run(process.execPath, ['--import', 'tsx', join('bench', 'src', 'pages-again.ts'), folder], { cwd: ROOT });
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(['performance.md', 'performance-log.md'])(
    '%s is what the benchmark writes of the recorded runs',
    async (name) => {
      const page = join(ROOT, 'docs', name);
      const written = readFileSync(join(folder, name), 'utf8');
      const formatted = await format(written, { ...(await resolveConfig(page)), filepath: page });
      expect(read('docs', name)).toBe(formatted);
    },
  );

  it('have each budget, and each topic with a figure that has one', () => {
    // Both are files of this repository.
    const { runs } = JSON.parse(read('bench', 'recorded.json')) as Recorded;
    const { budgets } = JSON.parse(read('bench', 'budgets.json')) as Budgets;
    const rows = Array.from(read('docs', 'performance.md').matchAll(/^\| \w[^|]*\| `([^`]+)`/gm), ([, name]) => name);
    expect(rows).toEqual(budgets.map(({ figure }) => figure));
    const headings = Array.from(read('docs', 'performance-log.md').matchAll(/^## (.+)$/gm), ([, title]) => title);
    const budgeted = new Set(budgets.map(({ figure }) => figure));
    const backing = runs.flatMap(({ results }) =>
      results.filter(({ figures }) => figures.some(({ name }) => budgeted.has(name))).map(({ title }) => title),
    );
    expect(headings.filter((title) => !title?.startsWith('Why '))).toEqual([...new Set(backing)]);
  });

  it('measure times by the real clocks: the virtual ones are for the process that counts', async () => {
    const script =
      'const clocks = () => [Date.now, performance.now, process.hrtime.bigint]; const before = clocks();' +
      "await import('./bench/src/counting/instructions.ts');" +
      'process.stdout.write(clocks().map((clock, index) => clock === before[index]).join());';
    const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: ROOT,
    });
    expect(stdout).toBe('true,true,true');
  });
});
