import {
  CustomVariableBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { PanelContent } from './panel.ts';
import { DATASOURCE } from './target.ts';

const GRID_COLUMNS = 24;
const ALL = { text: 'All', value: '$__all' };

/** A drop-down list or a field at the top of a dashboard. */
export type Variable =
  | {
      /** Any number of a list's values, or all: not by a list of thousands, and with the points without the tag. */
      readonly kind: 'values';
      readonly name: string;
      readonly label: string;
      /** InfluxQL that lists the values. */
      readonly query: string;
    }
  | {
      /** Any number of a short list's values, or all of that list. */
      readonly kind: 'top';
      readonly name: string;
      readonly label: string;
      readonly query: string;
    }
  | {
      /** A text that the user types. */
      readonly kind: 'text';
      readonly name: string;
      readonly label: string;
      readonly description: string;
    }
  | {
      /** One of a few values, each with the text it is shown by; or one that the user types. */
      readonly kind: 'choice';
      readonly name: string;
      readonly label: string;
      readonly description: string;
      readonly choices: Readonly<Record<string, string>>;
    };

export interface DashboardInit {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  /** Panels of one row of the grid, in equal widths, and so on. */
  readonly rows: readonly (readonly PanelContent[])[];
}

/** Puts a dashboard together, as Grafana imports it. */
export function dashboard({ uid, title, description, variables, rows }: DashboardInit): Dashboard {
  const builder = new DashboardBuilder(`influx-monitoring: ${title}`)
    .uid(uid)
    .description(description)
    .tags(['influx-monitoring'])
    .version(1)
    .id(null)
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('30s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('')
    .link(
      new DashboardLinkBuilder('influx-monitoring')
        .type(DashboardLinkType.Dashboards)
        .tags(['influx-monitoring'])
        .asDropdown(true)
        .keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('influxdb').regex(''));
  for (const variable of variables) builder.withVariable(variableBuilder(variable));
  let id = 0;
  for (const row of rows) {
    const span = Math.floor(GRID_COLUMNS / row.length);
    for (const panel of row) builder.withPanel(panel.place(span, (id += 1)));
  }
  return builder.build();
}

function variableBuilder(variable: Variable) {
  switch (variable.kind) {
    case 'text':
      return new TextBoxVariableBuilder(variable.name)
        .label(variable.label)
        .description(variable.description)
        .defaultValue('');
    case 'choice': {
      const [text, value] = firstOf(variable.choices);
      return new CustomVariableBuilder(variable.name)
        .label(variable.label)
        .description(variable.description)
        .values(
          Object.entries(variable.choices)
            .map((choice) => choice.join(' : '))
            .join(', '),
        )
        .allowCustomValue(true)
        .current({ text, value });
    }
    case 'values':
    case 'top': {
      const list = new QueryVariableBuilder(variable.name)
        .label(variable.label)
        .datasource(DATASOURCE)
        .query(variable.query)
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(variable.kind === 'values' ? VariableSort.AlphabeticalAsc : VariableSort.Disabled)
        .regex('')
        .multi(true)
        .includeAll(true)
        .current({ text: [ALL.text], value: [ALL.value] });
      return variable.kind === 'values' ? list.allValue('.*') : list;
    }
  }
}

function firstOf(choices: Readonly<Record<string, string>>): readonly [text: string, value: string] {
  const [first] = Object.entries(choices);
  if (first === undefined) throw new Error('a choice needs values');
  return first;
}
