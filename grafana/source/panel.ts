import { DATASOURCE, type Target } from './target.ts';

/** What a panel shows, without its place. */
export interface PanelContent {
  readonly type: 'timeseries' | 'table' | 'stat' | 'row';
  readonly title: string;
  readonly description?: string;
  readonly targets: readonly Target[];
  readonly fieldConfig?: unknown;
  readonly options?: unknown;
  readonly transformations?: readonly unknown[];
  readonly datasource?: typeof DATASOURCE;
  /** The smallest interval: below it a rate would jump between none and too much. */
  readonly interval?: string;
}

/** Units, as Grafana calls them. */
export type Unit = 'reqps' | 'mps' | 'eps' | 's' | 'percentunit' | 'bytes' | 'short' | 'none';

interface PanelInit {
  readonly title: string;
  readonly description?: string;
  readonly targets: readonly Target[];
  readonly unit: Unit;
}

const MIN_INTERVAL = '10s';

/** A chart over time. */
export function chart({
  unit,
  isStacked = false,
  ...content
}: PanelInit & { readonly isStacked?: boolean }): PanelContent {
  return {
    type: 'timeseries',
    ...content,
    datasource: DATASOURCE,
    interval: MIN_INTERVAL,
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        ...(unit === 'percentunit' ? { max: 1 } : {}),
        custom: {
          drawStyle: 'line',
          lineWidth: 1,
          fillOpacity: isStacked ? 40 : 10,
          showPoints: 'auto',
          spanNulls: false,
          stacking: { mode: isStacked ? 'normal' : 'none', group: 'A' },
        },
      },
      overrides: [],
    },
    options: {
      legend: { displayMode: 'table', placement: 'bottom', showLegend: true, calcs: ['mean', 'max'] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  };
}

/** One figure for the whole time range. */
export function figure({ unit, ...content }: PanelInit): PanelContent {
  return {
    type: 'stat',
    ...content,
    datasource: DATASOURCE,
    fieldConfig: { defaults: { unit, noValue: '–' }, overrides: [] },
    options: {
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      colorMode: 'none',
      graphMode: 'none',
      textMode: 'auto',
    },
  };
}

/** A table; InfluxDB gives the beginning of the range as the time of a total, which says nothing. */
export function table({
  columns,
  hasTime = false,
  ...content
}: Omit<PanelInit, 'unit'> & {
  /** The units of columns. */
  readonly columns: Readonly<Record<string, Unit>>;
  readonly hasTime?: boolean;
}): PanelContent {
  return {
    type: 'table',
    ...content,
    datasource: DATASOURCE,
    fieldConfig: {
      defaults: { custom: { align: 'auto', filterable: true } },
      overrides: Object.entries(columns).map(([name, unit]) => ({
        matcher: { id: 'byName', options: name },
        properties: [{ id: 'unit', value: unit }],
      })),
    },
    options: { showHeader: true, cellHeight: 'sm' },
    transformations: hasTime ? [] : [{ id: 'organize', options: { excludeByName: { Time: true } } }],
  };
}
