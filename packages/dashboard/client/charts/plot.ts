import uPlot from 'uplot';
import type { ChartDefinition } from './chart-definitions.ts';
import { formatTime } from '../format.ts';

const HEIGHT_PX = 132;
const AXIS_FONT = '11px system-ui, sans-serif';
const TIME_AXIS_PX = 22;
const VALUE_AXIS_PX = 54;
const MIN_LABEL_GAP_PX = 60;
/** The line of the largest value must not lie on the edge. */
const HEADROOM = 1.08;

/** What a plot is made from. */
export interface PlotInit {
  readonly definition: ChartDefinition;
  readonly host: HTMLElement;
  readonly isShown: (seriesId: string) => boolean;
  /** Called with the index of the second under the cursor; `null` where there is none. */
  readonly onCursor: (index: number | null) => void;
}

/** Draws a chart in the page's present colours. All charts of the page share one cursor. */
export function createPlot({ definition, host, isShown, onCursor }: PlotInit, data: uPlot.AlignedData): uPlot {
  const colours = getComputedStyle(document.documentElement);
  const options: uPlot.Options = {
    width: Math.max(host.clientWidth, 100),
    height: HEIGHT_PX,
    padding: [8, 6, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: 'page', setSeries: false },
      drag: { x: false, y: false },
      points: { size: 6 },
      y: false,
    },
    scales: {
      x: { time: true },
      y: { range: (_plot, _minimum, maximum) => [0, Math.max(definition.minimumTop, maximum * HEADROOM)] },
    },
    axes: axesOf(definition, colours),
    series: [
      {},
      ...definition.series.map(({ colour, id, title }) => ({
        label: title,
        show: isShown(id),
        stroke: colours.getPropertyValue(`--series-${String(colour)}`),
        width: 1.25,
        points: { size: 3, filter: isolatedPoints },
      })),
    ],
    hooks: {
      setCursor: [
        (plot) => {
          onCursor(plot.cursor.idx ?? null);
        },
      ],
    },
  };
  return new uPlot(options, data, host);
}

function axesOf({ format }: ChartDefinition, colours: CSSStyleDeclaration): uPlot.Axis[] {
  const axis = {
    stroke: colours.getPropertyValue('--text-soft'),
    grid: { stroke: colours.getPropertyValue('--line-soft'), width: 1 },
    ticks: { show: false },
    font: AXIS_FONT,
  };
  return [
    {
      ...axis,
      size: TIME_AXIS_PX,
      space: MIN_LABEL_GAP_PX,
      values: (_plot, seconds) => seconds.map((second) => formatTime(second).slice(0, 5)),
      incrs: [60, 120, 300],
    },
    { ...axis, size: VALUE_AXIS_PX, space: 30, values: (_plot, values) => values.map(format) },
  ];
}

/** A measured second between two that were not has no line to be seen by: it gets a point. */
function isolatedPoints(plot: uPlot, seriesIndex: number, isShown: boolean): number[] | null {
  if (!isShown) return null;
  const values = plot.data[seriesIndex] ?? [];
  const indexes: number[] = [];
  for (let index = 0; index < values.length; index += 1) {
    if (values[index] == null) continue;
    if (values[index - 1] == null && values[index + 1] == null) indexes.push(index);
  }
  return indexes;
}
