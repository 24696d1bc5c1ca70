import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import { DashboardLinkBuilder, type DynamicConfigValue, type Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { DATASOURCE } from './target.ts';

/** Units, as Grafana calls them. */
export type Unit = 'reqps' | 'mps' | 'eps' | 's' | 'percentunit' | 'bytes' | 'short' | 'none';

/** What a panel shows, without its place. */
export interface PanelContent extends Builder<Panel> {
  /** In rows of Grafana's grid. */
  readonly gridHeight: number;
  readonly place: (span: number, id: number) => Builder<Panel>;
}

interface PanelInit {
  readonly title: string;
  /** What the panel says, for who sees it for the first time. */
  readonly description: string;
  readonly targets: readonly Builder<Dataquery>[];
  readonly unit: Unit;
}

const CHART_HEIGHT = 8;
const FIGURE_HEIGHT = 4;
const TABLE_HEIGHT = 9;

/** A chart over time. */
export function chart({
  title,
  description,
  targets,
  unit,
  isStacked = false,
  minInterval = '10s',
}: PanelInit & { readonly isStacked?: boolean; readonly minInterval?: string }): PanelContent {
  const panel = new TimeseriesBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .targets([...targets])
    .interval(minInterval)
    .unit(unit)
    .min(0)
    .drawStyle(common.GraphDrawStyle.Line)
    .lineWidth(1)
    .fillOpacity(isStacked ? 40 : 10)
    .showPoints(common.VisibilityMode.Auto)
    .spanNulls(false)
    .stacking(
      new common.StackingConfigBuilder()
        .mode(isStacked ? common.StackingMode.Normal : common.StackingMode.None)
        .group('A'),
    )
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['mean', 'max']),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
    );
  if (unit === 'percentunit') panel.max(1);
  return placeable(panel, CHART_HEIGHT);
}

/** One figure for the whole time range. */
export function figure({ title, description, targets, unit }: PanelInit): PanelContent {
  const panel = new StatBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .targets([...targets])
    .unit(unit)
    .noValue('–')
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false))
    .colorMode(common.BigValueColorMode.None)
    .graphMode(common.BigValueGraphMode.None)
    .textMode(common.BigValueTextMode.Auto);
  return placeable(panel, FIGURE_HEIGHT);
}

/** A column's link: where a value is looked up, its address in a variable of the dashboard. */
export interface ColumnLink {
  readonly title: string;
  /** Name of the variable; the value follows what it holds. */
  readonly variable: string;
}

/** A table; InfluxDB gives the beginning of the range as the time of a total, which says nothing. */
export function table({
  title,
  description,
  targets,
  columns,
  columnLinks = {},
  hasTime = false,
}: Omit<PanelInit, 'unit'> & {
  /** The units of columns. */
  readonly columns: Readonly<Record<string, Unit>>;
  readonly columnLinks?: Readonly<Record<string, ColumnLink>>;
  readonly hasTime?: boolean;
}): PanelContent {
  const panel = new TableBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .targets([...targets])
    .align(common.FieldTextAlignment.Auto)
    .filterable(true)
    .showHeader(true)
    .cellHeight(common.TableCellHeight.Sm);
  for (const [name, unit] of Object.entries(columns)) panel.overrideByName(name, [{ id: 'unit', value: unit }]);
  for (const [name, link] of Object.entries(columnLinks)) panel.overrideByName(name, [linkProperty(link)]);
  if (!hasTime) panel.withTransformation({ id: 'organize', options: { excludeByName: { Time: true } } });
  return placeable(panel, TABLE_HEIGHT);
}

function linkProperty({ title, variable }: ColumnLink): DynamicConfigValue {
  const link = new DashboardLinkBuilder(title).url(`\${${variable}:raw}\${__value.raw}`).targetBlank(true).build();
  return { id: 'links', value: [{ title: link.title, url: link.url, targetBlank: link.targetBlank }] };
}

function placeable(panel: StatBuilder | TableBuilder | TimeseriesBuilder, gridHeight: number): PanelContent {
  return {
    gridHeight,
    build: () => panel.build(),
    place: (span, id) => panel.id(id).span(span).height(gridHeight),
  };
}
