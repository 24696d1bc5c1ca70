/** Where a panel's data comes from: the variable `datasource` of the dashboard. */
export const DATASOURCE = { type: 'influxdb', uid: '${datasource}' } as const;

/** Grafana's own arithmetic on answers, since InfluxQL cannot divide what two queries counted. */
export const EXPRESSION = { type: '__expr__', uid: '__expr__' } as const;

/** A query of a panel, as Grafana stores it. */
export type Target = InfluxTarget | ExpressionTarget;

export interface InfluxTarget {
  readonly datasource: typeof DATASOURCE;
  readonly refId: string;
  readonly hide: boolean;
  readonly query: string;
  readonly rawQuery: true;
  readonly resultFormat: 'time_series' | 'table';
  /** The name of a line; `$tag_x` is the value of a tag, `$col` the name of the column. */
  readonly alias?: string;
}

export interface ExpressionTarget {
  readonly datasource: typeof EXPRESSION;
  readonly refId: string;
  readonly hide: false;
  readonly type: 'math';
  readonly expression: string;
}

/** Lines over time. */
export function lines(query: string, alias: string, { refId = 'A', hide = false } = {}): InfluxTarget {
  return { datasource: DATASOURCE, refId, hide, query, rawQuery: true, resultFormat: 'time_series', alias };
}

/** Rows. */
export function rows(query: string): InfluxTarget {
  return { datasource: DATASOURCE, refId: 'A', hide: false, query, rawQuery: true, resultFormat: 'table' };
}

/** One query over another, line by line. */
export function quotient(dividend: InfluxTarget, divisor: InfluxTarget): readonly Target[] {
  const expression = `$${dividend.refId} / $${divisor.refId}`;
  return [
    { ...dividend, hide: true },
    { ...divisor, hide: true },
    { datasource: EXPRESSION, refId: 'C', hide: false, type: 'math', expression },
  ];
}

/** What a variable of the dashboard lets through; `:regex` makes Grafana escape its values. */
export function isOneOf(tag: string, variable: string): string {
  return `"${tag}" =~ /^\${${variable}:regex}$/`;
}

/** So many points of a series a second. InfluxQL's `/` of whole numbers is exact. */
export function rate(field: string): string {
  return `count("${field}") * 1000 / $__interval_ms`;
}

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
  const groups = ['time($__interval)', ...by.map((tag) => (tag === '*' ? tag : `"${tag}"`))].join(', ');
  return `SELECT ${select} FROM ${from} WHERE ${conditions(where)} GROUP BY ${groups} fill(${fill})`;
}

/** A query with one row a group for the whole time range. */
export function inTotal({ select, from, where = [], by = [] }: Selection): string {
  const groups = by.map((tag) => (tag === '*' ? tag : `"${tag}"`)).join(', ');
  return `SELECT ${select} FROM ${from} WHERE ${conditions(where)}${groups === '' ? '' : ` GROUP BY ${groups}`}`;
}

function conditions(where: readonly string[]): string {
  return [...where, '$timeFilter'].join(' AND ');
}
