/** What a variable of the dashboard lets through; `:regex` makes Grafana escape its values. */
export function isOneOf(tag: string, variable: string): string {
  return `"${tag}" =~ /^\${${variable}:regex}$/`;
}

/** The opposite: what belongs to none of a variable's values. */
export function isNoneOf(tag: string, variable: string): string {
  return `"${tag}" !~ /^\${${variable}:regex}$/`;
}

/** What holds the text of a variable anywhere; InfluxQL has no empty expression, and an empty text is in all. */
export function holds(tag: string, variable: string): string {
  return `"${tag}" =~ /.*\${${variable}:regex}/`;
}

/** What a query reads. */
export interface Selection {
  /** Columns, as InfluxQL. */
  readonly select: string;
  /** A series, or a subquery in brackets. */
  readonly from: string;
  /** Conditions beside that of the time. */
  readonly where?: readonly string[];
  /** Tags; none is one line. */
  readonly by?: readonly string[];
}

/** A query with one point an interval. */
export function overTime(
  { select, from, where = [], by = [] }: Selection,
  fill: 'none' | '0' | 'null' = 'none',
): string {
  const groups = ['time($__interval)', ...by.map(quoted)].join(', ');
  return `SELECT ${select} FROM ${from} WHERE ${conditions(where)} GROUP BY ${groups} fill(${fill})`;
}

/** A query with one row a group for the whole time range. */
export function inTotal({ select, from, where = [], by = [] }: Selection): string {
  const groups = by.map(quoted).join(', ');
  return `SELECT ${select} FROM ${from} WHERE ${conditions(where)}${groups === '' ? '' : ` GROUP BY ${groups}`}`;
}

/**
 * The values of a tag with the most points, the first of them first: what a drop-down list offers where there may be
 * 10,000. Grafana takes the second column.
 */
export function topValues(tag: string, count: number, { select, from, where = [] }: Selection): string {
  const counted = inTotal({ select: `${select} AS "points"`, from, where, by: [tag] });
  const top = `SELECT top("points", "${tag}", ${String(count)}) AS "points" FROM (${counted})`;
  return `SELECT "${tag}", "points" FROM (${top})`;
}

function quoted(tag: string): string {
  return tag === '*' ? tag : `"${tag}"`;
}

function conditions(where: readonly string[]): string {
  return [...where, '$timeFilter'].join(' AND ');
}
