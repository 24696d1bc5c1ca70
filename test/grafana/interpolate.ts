/** What Grafana makes of a query before InfluxDB sees it, after its sources (templateSrv, pkg/tsdb/influxdb). */

/** The values chosen of each variable; `all` is Grafana's "All" where the variable has an `allValue`. */
export type Selection = Readonly<Record<string, readonly string[] | { readonly all: string }>>;

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervalMs: number;
}

/** Puts in the variables, in the formats `regex` and `raw`, and then Grafana's own. */
export function interpolate(query: string, selection: Selection, { fromMs, toMs, intervalMs }: Range): string {
  const withVariables = query.replaceAll(/\$\{(\w+):(regex|raw)\}/g, (_, name: string, format: string) => {
    const chosen = selection[name];
    if (chosen === undefined) throw new Error(`the dashboard has no variable ${name}`);
    if (format === 'raw' && !('all' in chosen)) return chosen.join(',');
    // A custom value for all is put in as it is.
    if ('all' in chosen) return chosen.all;
    const values = chosen.map(escapeRegex);
    return values.length === 1 ? (values[0] ?? '') : `(${values.join('|')})`;
  });
  const text = withVariables
    .replaceAll('$timeFilter', `time >= ${String(fromMs)}ms and time <= ${String(toMs)}ms`)
    .replaceAll('$interval', `${String(intervalMs)}ms`)
    .replaceAll('$__interval_ms', String(intervalMs))
    .replaceAll('$__interval', `${String(intervalMs)}ms`);
  // What is left would reach InfluxDB; a `$` in a regular expression ends it.
  if (/\$(?!\/)[\w{]/.test(text.replaceAll(/\\\$/g, ''))) throw new Error(`a variable is left in ${text}`);
  return text;
}

function escapeRegex(value: string): string {
  return value.replaceAll(/[\\^$*+?.()|[\]{}/]/g, String.raw`\$&`);
}
