import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { LunaRequestInfluxMonitoring, ErrorPoint } from '@influx-monitoring/core';
import { describe, expect, it } from 'vitest';
import { ObservedMonitoring } from '../../examples/demo/src/figures/observed-monitoring.ts';
import { formatCodes, formatCount, formatDuration } from '../../examples/demo/src/terminal/format.ts';
import { createLiveOutput } from '../../examples/demo/src/terminal/live-output.ts';
import { createStyle } from '../../examples/demo/src/terminal/style.ts';
import { formatSummary } from '../../examples/demo/src/terminal/summary.ts';
import { formatTable } from '../../examples/demo/src/terminal/table.ts';

/** What stands for a terminal: it keeps what is written. */
function createTerminal(columns: number, rows: number): { terminal: WriteStream; written: () => string } {
  const chunks: string[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  // No more of a terminal is used than this.
  const terminal = Object.assign(stream, { columns, rows, isTTY: true }) as unknown as WriteStream;
  return { terminal, written: () => chunks.join('') };
}

function createState() {
  const monitoring = new LunaRequestInfluxMonitoring({ flushingPeriod: 600 });
  const observed = new ObservedMonitoring(monitoring);
  monitoring.addPoints([new ErrorPoint({ eventTime: monitoring.now(), errorCode: 29004 })]);
  observed.endSecond();
  return { monitoring, state: { observed, stats: monitoring.stats(), seconds: 1, notice: undefined } };
}

const ESCAPE = '\u001b[';

describe('numbers', () => {
  it.each([
    [undefined, '–'],
    [0.00085, '850 µs'],
    [0.0123, '12.3 ms'],
    [1.204, '1.20 s'],
  ])('writes %s seconds as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it('groups the digits of counts, and cuts a long list of codes', () => {
    expect(formatCount(1_204_000)).toBe('1,204,000');
    const codes = [
      ['404', 1200],
      ['400', 3],
      ['1', 1],
    ] as const;
    expect(formatCodes(codes, 2)).toBe('404×1,200 400×3 +1 more');
  });
});

describe('formatTable', () => {
  it('aligns the columns and leaves no space at the end of a line', () => {
    const columns = [
      { title: 'name', align: 'left' },
      { title: 'count', align: 'right' },
      { title: 'note', align: 'left' },
    ] as const;
    expect(
      formatTable(columns, [
        ['longer name', '7', ''],
        ['a', '1,204', 'x'],
      ]),
    ).toEqual(['name         count  note', 'longer name      7', 'a            1,204  x']);
  });
});

describe('the live output', () => {
  it('draws the table over itself, no wider and no higher than the terminal', () => {
    const { terminal, written } = createTerminal(40, 8);
    const { state } = createState();
    const output = createLiveOutput(terminal, {});
    output.show(state);
    const first = written();
    output.show(state);
    expect(written().slice(first.length).startsWith(`${ESCAPE}7A\r${ESCAPE}0J`)).toBe(true);
    output.close();
    expect(written().endsWith(`${ESCAPE}?25h`)).toBe(true);
    const lines = stripVTControlCharacters(written()).replaceAll('\r', '').split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBe(40);
  });

  it('has colours in a terminal, and none where NO_COLOR says so', () => {
    const coloured = createTerminal(100, 40);
    createLiveOutput(coloured.terminal, {}).show(createState().state);
    expect(coloured.written()).toContain('\u001b[1mseries');
    const plain = createTerminal(100, 40);
    createLiveOutput(plain.terminal, { NO_COLOR: '1' }).show(createState().state);
    expect(plain.written()).toContain('\nseries');
    expect(plain.written()).not.toContain('\u001b[1m');
  });

  it('writes lines instead in a terminal that cannot be drawn on', () => {
    const { terminal, written } = createTerminal(100, 40);
    createLiveOutput(terminal, { TERM: 'dumb' }).show(createState().state);
    expect(written()).toMatch(/^1 s \| requests .*subscription_error 1\.0\/s \(29004×1\) \| pending 1 /);
    expect(written()).not.toContain('\u001b');
  });
});

describe('the summary', () => {
  it('says where points are unaccounted for, and what was dropped', async () => {
    const { monitoring, state } = createState();
    await monitoring.stop();
    const drops = [{ series: 'requests', reason: 'memory_full', count: 2 }] as const;
    const lost = { ...monitoring.stats(), recorded: 9, drops };
    const text = formatSummary({ ...state, stats: lost, destination: 'nowhere' }, createStyle(false)).join('\n');
    expect(text).toContain('delivery  recorded 9, but delivered 1 + pending 0 + dropped 0 + dead-lettered 0');
    expect(text).toContain('dropped: 2 of requests (memory_full)');
    expect(text).toMatch(/^subscription_error +1 +1 +1\.0 +– +– +– {2}29004×1$/m);
  });
});
