import { expect, it } from 'vitest';
import type { RealCase } from './case.ts';
import { tryProgram } from './try-program.ts';

const right: RealCase = {
  name: 'right',
  title: 'stores a point',
  run: async ({ influx, database }) => {
    const { status } = await influx.write(database, 'm f=1 1');
    return `${String(status)}, ${String(await influx.count(database, 'm'))} point`;
  },
};

const wrong: RealCase = {
  name: 'wrong',
  title: 'stores nothing',
  run: () => Promise.reject(new Error('it stored something')),
};

const ofOthers: RealCase = { ...wrong, name: 'others', versions: [2, 3] };

it('says of each case what it saw, goes on after a wrong one, and counts', async () => {
  const lines: string[] = [];
  const tally = await tryProgram({ version: 1, path: 'influxd' }, [wrong, ofOthers, right], (line) => {
    lines.push(line.replace(/after \d+ s/, 'after a while'));
  });
  expect(tally).toEqual({ right: 1, wrong: 1 });
  expect(lines).toEqual([
    expect.stringMatching(/^InfluxDB 1\.\d+\.\d+\S* \(influxd\)$/),
    '  1 of 3 wrong: stores nothing …',
    '    WRONG after a while: it stored something',
    '  2 of 3 others: not of version 1',
    '  3 of 3 right: stores a point …',
    '    right after a while: 204, 1 point',
  ]);
});
