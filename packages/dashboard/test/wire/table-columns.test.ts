import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultOrder,
  orderRows,
  SHOWN_TABLES,
  TABLE_COLUMNS,
  valueOf,
  type ColumnId,
} from '../../src/wire/table-columns.ts';
import type { TableRow } from '../../src/wire/messages.ts';

const ROWS: readonly TableRow[] = [
  ['b', 4, 1, [1, 20, 300], '500', 30],
  ['a', 4, 0, null, '200', 20],
  ['C', 0, 0, [2, 10, 400], '404', 10],
];
const keysBy = (column: ColumnId, isDescending = false, search = ''): string[] =>
  orderRows(ROWS, { column, isDescending, search }, 2).map(([key]) => key);

describe('orderRows', () => {
  it('orders by each column, equal values by their key, what was not measured first', () => {
    expect(keysBy('key')).toEqual(['C', 'a', 'b']);
    expect(keysBy('count')).toEqual(['C', 'a', 'b']);
    expect(keysBy('rate', true)).toEqual(['a', 'b', 'C']);
    expect(keysBy('failed', true)).toEqual(['b', 'C', 'a']);
    expect(keysBy('failedShare', true)).toEqual(['b', 'C', 'a']);
    expect(keysBy('p50')).toEqual(['a', 'b', 'C']);
    expect(keysBy('p95', true)).toEqual(['b', 'C', 'a']);
    expect(keysBy('p99', true)).toEqual(['C', 'b', 'a']);
    expect(keysBy('last')).toEqual(['a', 'C', 'b']);
    expect(keysBy('lastSecond')).toEqual(['C', 'a', 'b']);
  });

  it('keeps rows that have the text searched for, in their key or in what came last, whatever the case', () => {
    expect(keysBy('key', false, 'c')).toEqual(['C']);
    expect(keysBy('key', false, '500')).toEqual(['b']);
    expect(keysBy('key', false, 'nothing has this')).toEqual([]);
  });

  it('is an order: the same rows, and the same however they came', () => {
    const row = fc.tuple(
      fc.string({ maxLength: 2 }),
      fc.nat(3),
      fc.nat(3),
      fc.constant(null),
      fc.string({ maxLength: 1 }),
      fc.nat(3),
    );
    fc.assert(
      fc.property(
        fc.uniqueArray(row, { selector: ([key]) => key }),
        fc.constantFrom<ColumnId>('key', 'rate', 'p50', 'last'),
        fc.boolean(),
        (rows, column, isDescending) => {
          const order = { column, isDescending, search: '' };
          const ordered = orderRows(rows, order, 5);
          expect(orderRows(rows.toReversed(), order, 5)).toEqual(ordered);
          expect(ordered).toHaveLength(rows.length);
        },
      ),
    );
  });

  it('has rates of at least a second, and for each table an order of a column that it has', () => {
    expect(valueOf(['a', 3, 0, null, '', 0], 'rate', 0)).toBe(3);
    for (const table of SHOWN_TABLES) expect(TABLE_COLUMNS[table]).toContain(defaultOrder(table).column);
  });
});
