import type { StrictPoint } from '@influx-monitoring/test-servers';

/** A row of an answer of InfluxQL, times in nanoseconds. */
export type Row = Readonly<Record<string, unknown>>;

/** Of a field that has values of several types, InfluxQL shows those of the first of these. */
const SHOWN_FIRST = ['float', 'integer', 'unsigned', 'string', 'boolean'];

/** The times that stand in bodies; a line without one gets that of the run, which is another each time. */
export function timesIn(bodies: string): ReadonlySet<string> {
  return new Set(bodies.match(/-?\d+/g));
}

/** Points of one measurement as `SELECT *` shows them. */
export function rowsShown(points: readonly StrictPoint[], times: ReadonlySet<string>): Row[] {
  const typeOf = new Map<string, string>();
  for (const [name, { type }] of points.flatMap(({ fields }) => [...fields])) {
    const known = typeOf.get(name);
    if (known === undefined || SHOWN_FIRST.indexOf(type) < SHOWN_FIRST.indexOf(known)) typeOf.set(name, type);
  }
  const rows = points.flatMap(({ tags, fields, timestamp }) => {
    const shown = [...fields].filter(([name, { type }]) => typeOf.get(name) === type);
    if (shown.length === 0) return [];
    return {
      time: String(timestamp),
      // A tag that has the name of a field is shown under another.
      ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [typeOf.has(key) ? `${key}_1` : key, value])),
      ...Object.fromEntries(shown.map(([key, { value }]) => [key, typeof value === 'bigint' ? Number(value) : value])),
    };
  });
  return sortedRows(rows, times);
}

/** Rows in an order of their own, with times of the run as a word. */
export function sortedRows(rows: readonly Row[], times: ReadonlySet<string>): Row[] {
  return rows
    .map((row) => ({ ...row, time: times.has(String(row['time'])) ? String(row['time']) : 'of the run' }))
    .map((row) => Object.fromEntries(Object.entries(row).sort()))
    .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}
