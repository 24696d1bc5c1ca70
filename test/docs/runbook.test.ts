import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HealthState } from '@influx-monitoring/core';
import { LOG_CODES } from '@influx-monitoring/core/internal';
import { describe, expect, it } from 'vitest';
import { ROOT } from './snippets.ts';

const PAGE = readFileSync(join(ROOT, 'docs', 'runbook.md'), 'utf8');
/** The words of the live page; the type has all states, so that a new one does not compile without its word. */
const WORDS: Readonly<Record<HealthState, string>> = {
  ok: 'OK',
  waiting: 'Waiting',
  'needs-operator': 'Needs operator',
  losing: 'Losing',
  stopped: 'Stopped',
};
const LOGGING_PACKAGES = ['core', 'dashboard', 'express', 'redis', 'ws'];
const LOG_LINE = join('packages', 'core', 'src', 'ledger', 'log-line.ts');

const sources = LOGGING_PACKAGES.flatMap((name) => {
  const folder = join('packages', name, 'src');
  const paths = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return paths.filter((path) => path.endsWith('.ts')).map((path) => join(folder, path));
}).map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

describe('docs/runbook.md', () => {
  it('has a row for each line of log, and for no other', () => {
    expect(rowsOf('code').map(([code]) => code)).toEqual([...LOG_CODES]);
  });

  it('has no row for a line that nothing says', () => {
    const others = sources.filter(({ path }) => path !== LOG_LINE);
    expect(LOG_CODES.filter((code) => !others.some(({ text }) => text.includes(`'${code}'`)))).toEqual([]);
  });

  it('knows all lines: none is made but with its code', () => {
    const makers = sources.filter(({ text }) => /['`]influx-monitoring: /.test(text));
    expect(makers.map(({ path }) => path)).toEqual([LOG_LINE]);
  });

  it('has a row for each state of delivery and its word on the page, and for no other', () => {
    const documented = rowsOf('state').map(([state, word]) => [state, word]);
    expect(documented).toEqual(Object.entries(WORDS));
    const texts = readFileSync(join(ROOT, 'packages/dashboard/client/state/health-texts.ts'), 'utf8');
    const shown = Array.from(texts.matchAll(/word: '([^']+)'/g), ([, word]) => word);
    expect([...new Set(shown)].sort()).toEqual(expect.arrayContaining(Object.values(WORDS).sort()));
  });

  it.each(['code', 'state'])(
    'says in each row of a %s what it means, what is at risk, what to look at and to do',
    (head) => {
      for (const cells of rowsOf(head)) expect(cells.every((cell) => cell !== '')).toBe(true);
    },
  );
});

/** The cells of the table whose head begins with a word, without marks around the first. */
function rowsOf(head: string): string[][] {
  const [, body = ''] = new RegExp(String.raw`^\| ${head} .*\n\|[-| ]+\n((?:\|.*\n)+)`, 'm').exec(PAGE) ?? [];
  return body
    .trimEnd()
    .split('\n')
    .map((row) => row.slice(1, -1).split('|'))
    .map((cells) => cells.map((cell, index) => (index === 0 ? cell.replaceAll('`', '') : cell).trim()));
}
