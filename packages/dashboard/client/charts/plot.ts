import uPlot from 'uplot';
import { formatTime } from '../format.ts';
import type { Moment } from '../state/view-state.ts';
import type { ChartDefinition } from './chart-definitions.ts';
import { drawHeat, heatRange } from './heat-map.ts';

const AXIS_FONT = '11px system-ui, sans-serif';
const TIME_AXIS_PX = 22;
const VALUE_AXIS_PX = 56;
const MIN_LABEL_GAP_PX = 64;
/** The line of the largest value must not lie on the edge. */
const HEADROOM = 1.08;
/** uPlot's enum of scales exists in its types alone. */
const LOGARITHMIC: unknown = 3;
/** A drag of less is a click. */
const MIN_DRAG_PX = 5;
/** Dashes of the colours, so that lines are told apart without them. */
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [], [8, 3, 2, 3], [1, 3]];
/** Widths of the lines of the colours: of two without dashes one is thin. */
const WIDTHS = [1.5, 1.5, 1.75, 1, 1.5, 1.5];

/** What a plot is made from. */
export interface PlotInit {
  readonly definition: ChartDefinition;
  readonly host: HTMLElement;
  readonly isShown: (seriesId: string) => boolean;
  /** What is drawn, as it was before seconds were put together. */
  readonly moments: () => readonly Moment[];
  /** Called with the second under the mouse; `null` where there is none. */
  readonly onCursor: (second: number | null) => void;
  /** Called with the seconds that the mouse was dragged over. */
  readonly onZoom: (from: number, to: number) => void;
}

/** Draws a chart in the page's present colours. */
export function createPlot(init: PlotInit, data: uPlot.AlignedData): uPlot {
  const { definition, host, isShown, moments } = init;
  const colours = getComputedStyle(document.documentElement);
  const colourOf = (name: string): string => colours.getPropertyValue(name);
  const options: uPlot.Options = {
    width: Math.max(host.clientWidth, 100),
    height: Math.max(host.clientHeight, 60),
    padding: [8, 28, 0, 0],
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false, setScale: false, dist: MIN_DRAG_PX },
      points: { size: 6 },
      y: false,
    },
    scales: { x: { time: true, range: (_plot, from, to) => [from, to] }, y: yScaleOf(definition, moments) },
    axes: axesOf(definition, colourOf),
    series: [
      {},
      ...definition.series.map(({ colour, id, title }) => ({
        label: title,
        show: isShown(id),
        stroke: colourOf(`--series-${String(colour)}`),
        dash: [...(DASHES[colour - 1] ?? [])],
        width: WIDTHS[colour - 1] ?? 1,
        points: { size: 3, filter: isolatedPoints },
      })),
    ],
    hooks: hooksOf(init, colourOf),
  };
  return new uPlot(options, data, host);
}

function hooksOf(
  { definition, moments, onCursor, onZoom }: PlotInit,
  colourOf: (name: string) => string,
): uPlot.Hooks.Arrays {
  return {
    drawClear:
      definition.hasHeat === true
        ? [
            (plot) => {
              drawHeat(plot, moments(), colourOf('--heat'));
            },
          ]
        : [],
    setCursor: [
      (plot) => {
        const { left = -1 } = plot.cursor;
        onCursor(left < 0 ? null : Math.round(plot.posToVal(left, 'x')));
      },
    ],
    setSelect: [
      (plot) => {
        const { left, width } = plot.select;
        if (width < MIN_DRAG_PX) return;
        const [from, to] = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')];
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        onZoom(Math.floor(from), Math.ceil(to));
      },
    ],
  };
}

function yScaleOf({ hasHeat, isLogarithmic, minimumTop }: ChartDefinition, moments: PlotInit['moments']): uPlot.Scale {
  if (isLogarithmic !== true) {
    return { range: (_plot, _minimum, maximum) => [0, Math.max(minimumTop, maximum * HEADROOM)] };
  }
  return {
    // `LOGARITHMIC` is a member of this enum of types.
    distr: LOGARITHMIC as uPlot.Scale.Distr,
    log: 10,
    // Without any value uPlot gives none here, whatever its types say.
    range: (_plot, minimum: number | null, maximum: number | null) => {
      const heat = hasHeat === true ? heatRange(moments()) : undefined;
      const least = Math.min(minimum ?? minimumTop, heat?.[0] ?? Infinity);
      const greatest = Math.max(maximum ?? minimumTop, heat?.[1] ?? 0);
      // At least one power of ten, between marks that have a name.
      return [
        10 ** Math.floor(Math.log10(Math.max(1, least))),
        10 ** Math.ceil(Math.log10(Math.max(10, greatest * 1.01))),
      ];
    },
  };
}

function axesOf(
  { format, increments, isLogarithmic }: ChartDefinition,
  colourOf: (name: string) => string,
): uPlot.Axis[] {
  const axis = {
    stroke: colourOf('--text-soft'),
    grid: { stroke: colourOf('--line-soft'), width: 1 },
    ticks: { show: false },
    font: AXIS_FONT,
  };
  return [
    {
      ...axis,
      size: TIME_AXIS_PX,
      space: MIN_LABEL_GAP_PX,
      values: (_plot, seconds, _axis, _space, step) =>
        seconds.map((second) => (step < 60 ? formatTime(second) : formatTime(second).slice(0, 5))),
      incrs: [1, 5, 10, 15, 30, 60, 120, 300],
    },
    {
      ...axis,
      size: VALUE_AXIS_PX,
      space: isLogarithmic === true ? 18 : 30,
      ...(isLogarithmic === true ? { splits: powersOfTen } : {}),
      ...(increments === undefined ? {} : { incrs: [...increments] }),
      // Marks without room for a label have none, whatever the types say.
      values: (_plot, values: readonly (number | null)[]) =>
        values.map((value) => (value === null ? '' : format(value))),
    },
  ];
}

/** The marks of a logarithmic axis. */
function powersOfTen(_plot: uPlot, _axis: number, least: number, greatest: number): number[] {
  const marks: number[] = [];
  for (let mark = least; mark <= greatest * 1.001; mark *= 10) marks.push(mark);
  return marks;
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
