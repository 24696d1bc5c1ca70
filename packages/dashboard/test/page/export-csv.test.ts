import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tableAsCsv } from '../../src/page/export-csv.ts';
import { defaultOrder, type ShownTable } from '../../src/wire/table-columns.ts';
import type { Snapshot, TableRow } from '../../src/wire/messages.ts';

/** A table of error codes, whose first and fourth columns are outside text. */
function csvOf(names: readonly string[], table: ShownTable = 'errorCodes'): string {
  const rows = names.map((name, index): TableRow => [name, names.length - index, 0, null, name, 1_700_000_000]);
  // Only what an export reads of a snapshot.
  const snapshot = { from: 0, to: 60, tables: { [table]: rows } } as unknown as Snapshot;
  return tableAsCsv(snapshot, table, defaultOrder(table));
}

/** The cells that a spreadsheet sees whose locale separates them so: quotes mean something at a cell's beginning only. */
function cellsOf(csv: string, separator: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  let isAtStart = true;
  for (let index = 0; index < csv.length; index += 1) {
    const character = csv.charAt(index);
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (csv.charAt(index + 1) === '"') {
        cell += '"';
        index += 1;
      } else isQuoted = false;
    } else if (character === '"' && isAtStart) isQuoted = true;
    else if (character === separator || character === '\n' || character === '\r') {
      cells.push(cell);
      cell = '';
      isAtStart = true;
      continue;
    } else cell += character;
    isAtStart = false;
  }
  return [...cells, cell];
}

const formulasIn = (csv: string, separator: string): string[] =>
  cellsOf(csv, separator).filter((cell) => /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(cell));

describe('a name that is a formula for some spreadsheet', () => {
  it.each([
    'x;=1+1',
    'a;b;@SUM(1)',
    'a; =1+1',
    'a;"=1+1"',
    ';=1',
    '=1+1',
    ' =1+1',
    'a\t=1+1',
    'a|=1+1',
    'a;\uff1d1+1',
    'a,b;=1',
    '"a";-1+1',
  ])('%s is none in any locale', (name) => {
    for (const separator of [',', ';', '\t', '|']) {
      expect([separator, formulasIn(csvOf([name, 'orders']), separator)]).toEqual([separator, []]);
    }
  });

  it('of whatever text', () => {
    const text = fc
      .array(fc.constantFrom(';', '=', '+', '-', '@', '"', "'", ',', ' ', 'a', '1', '\t', '|'), { maxLength: 9 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (names) => {
        const csv = csvOf(names);
        for (const separator of [',', ';', '\t', '|']) {
          const formulas = formulasIn(csv, separator);
          expect([separator, formulas]).toEqual([separator, []]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('keeps its text where the comma separates', () => {
    expect(cellsOf(csvOf(['x;=1+1', 'orders'], 'channels'), ',')).toContain('x;=1+1');
    expect(csvOf(['orders'], 'channels')).toContain('orders,');
  });
});
