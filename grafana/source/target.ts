import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/dashboard';
import { TypeMathBuilder } from '@grafana/grafana-foundation-sdk/expr';

/** Where a panel's data comes from: the variable `datasource` of the dashboard. */
export const DATASOURCE: DataSourceRef = { type: 'influxdb', uid: '${datasource}' };

/** Grafana's own arithmetic on answers, since InfluxQL cannot divide what two queries counted. */
export const EXPRESSION: DataSourceRef = { type: '__expr__', uid: '__expr__' };

/** A query in InfluxQL as Grafana stores it; its builders know none. */
interface InfluxQuery extends Dataquery {
  readonly datasource: DataSourceRef;
  readonly refId: string;
  readonly hide: boolean;
  readonly query: string;
  readonly rawQuery: true;
  readonly resultFormat: 'time_series' | 'table';
  /** The name of a line; `$tag_x` is the value of a tag, `$col` the name of the column. */
  readonly alias?: string;
}

interface TargetOptions {
  readonly datasource?: DataSourceRef;
  readonly hide?: boolean;
  /** A letter or a name, one of its own within the panel. */
  readonly refId?: string;
}

/** Lines over time. */
export function lines(query: string, alias: string, options: TargetOptions = {}): Builder<Dataquery> {
  return influxQuery({ query, resultFormat: 'time_series', ...(alias === '' ? {} : { alias }) }, options);
}

/** Rows. */
export function rows(query: string): Builder<Dataquery> {
  return influxQuery({ query, resultFormat: 'table' }, {});
}

/** One query over another, line by line. */
export function quotient(dividend: string, divisor: string): readonly Builder<Dataquery>[] {
  return [
    lines(dividend, 'dividend', { refId: 'A', hide: true }),
    lines(divisor, 'divisor', { refId: 'B', hide: true }),
    new TypeMathBuilder().datasource(EXPRESSION).refId('C').hide(false).expression('$A / $B'),
  ];
}

function influxQuery(
  content: Pick<InfluxQuery, 'alias' | 'query' | 'resultFormat'>,
  { datasource = DATASOURCE, hide = false, refId = 'A' }: TargetOptions,
): Builder<Dataquery> {
  const query: InfluxQuery = {
    datasource,
    refId,
    hide,
    rawQuery: true,
    ...content,
    // What the builders know a query by; it is not written.
    _implementsDataqueryVariant: () => undefined,
  };
  return { build: () => query };
}
