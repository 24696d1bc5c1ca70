import type { PanelContent } from './panel.ts';
import { DATASOURCE } from './target.ts';

/** Of Grafana 11; later ones read it and bring it up to theirs. */
const SCHEMA_VERSION = 39;
const GRID_COLUMNS = 24;
const HEIGHTS: Readonly<Record<PanelContent['type'], number>> = { row: 1, stat: 4, table: 9, timeseries: 8 };

/** A drop-down list at the top of a dashboard. */
export interface Variable {
  readonly name: string;
  readonly label: string;
  /** InfluxQL that lists the values. */
  readonly query: string;
}

export interface DashboardInit {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  /** Panels of one row of the grid, in equal widths, and so on. */
  readonly rows: readonly (readonly PanelContent[])[];
}

/** Puts a dashboard together, as Grafana imports it. */
export function dashboard({ uid, title, description, variables, rows }: DashboardInit) {
  return {
    uid,
    title: `influx-monitoring: ${title}`,
    description,
    tags: ['influx-monitoring'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    id: null,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timezone: '',
    links: [
      { type: 'dashboards', title: 'influx-monitoring', tags: ['influx-monitoring'], asDropdown: true, keepTime: true },
    ],
    annotations: { list: [] },
    templating: { list: [datasourceVariable(), ...variables.map(queryVariable)] },
    panels: placed(rows),
  };
}

function datasourceVariable() {
  return { type: 'datasource', name: 'datasource', label: 'Data source', query: 'influxdb', refresh: 1, regex: '' };
}

function queryVariable({ name, label, query }: Variable) {
  return {
    type: 'query',
    name,
    label,
    datasource: DATASOURCE,
    query,
    definition: query,
    refresh: 2,
    sort: 1,
    regex: '',
    multi: true,
    includeAll: true,
    // Not a list of all values: there may be thousands, and a point without the tag belongs to all, too.
    allValue: '.*',
    current: { text: ['All'], value: ['$__all'] },
  };
}

function placed(rows: DashboardInit['rows']): readonly unknown[] {
  const panels: unknown[] = [];
  let y = 0;
  for (const row of rows) {
    const width = Math.floor(GRID_COLUMNS / row.length);
    const height = Math.max(...row.map(({ type }) => HEIGHTS[type]));
    for (const [index, content] of row.entries()) {
      panels.push({ id: panels.length + 1, gridPos: { x: index * width, y, w: width, h: height }, ...content });
    }
    y += height;
  }
  return panels;
}
