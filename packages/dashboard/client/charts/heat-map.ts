import type uPlot from 'uplot';
import { HEAT_FIRST_US, HEAT_SPANS, HEAT_SPANS_PER_DECADE } from '../../src/wire/messages.ts';
import type { Moment } from '../state/view-state.ts';

/** How wide a cell is drawn at least, in pixels of the screen. */
const CELL_PX = 4;

/** What is rare must be seen, and what is frequent not hide the lines. */
const FAINTEST = 0.1;
const STRONGEST = 0.55;

/** Where a span of durations begins, in microseconds. */
export function spanStartUs(span: number): number {
  return span === 0 ? HEAT_FIRST_US / 10 : HEAT_FIRST_US * 10 ** ((span - 1) / HEAT_SPANS_PER_DECADE);
}

/** Draws how many durations each span has, over time: the stronger a cell, the more. */
export function drawHeat(plot: uPlot, moments: readonly Moment[], colour: string): void {
  const [first] = moments;
  if (first === undefined) return;
  const { ctx } = plot;
  const secondPx = plot.valToPos(first.second + 1, 'x', true) - plot.valToPos(first.second, 'x', true);
  const size = Math.max(1, Math.ceil((CELL_PX * devicePixelRatio) / secondPx));
  const cells = sumCells(moments, size);
  const most = Math.max(1, ...cells.flatMap(({ counts }) => counts));
  ctx.save();
  ctx.beginPath();
  ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
  ctx.clip();
  ctx.fillStyle = colour;
  for (const { counts, second } of cells) {
    const left = plot.valToPos(second, 'x', true);
    counts.forEach((count, span) => {
      if (count === 0) return;
      const bottom = plot.valToPos(spanStartUs(span), 'y', true);
      const top = plot.valToPos(spanStartUs(span + 1), 'y', true);
      ctx.globalAlpha = FAINTEST + (STRONGEST - FAINTEST) * (Math.log1p(count) / Math.log1p(most));
      ctx.fillRect(left, top, Math.max(1, secondPx * size - 0.5), bottom - top);
    });
  }
  ctx.restore();
}

/** The spans from the first to the last that has any duration, as `spanStartUs` of their ends. */
export function heatRange(moments: readonly Moment[]): [leastUs: number, greatestUs: number] | undefined {
  let first = HEAT_SPANS;
  let last = -1;
  for (const { row } of moments) {
    const heat = row[12];
    if (heat === null) continue;
    first = Math.min(first, heat[0]);
    last = Math.max(last, heat[0] + heat.length - 2);
  }
  return last === -1 ? undefined : [spanStartUs(first), spanStartUs(last + 1)];
}

function sumCells(moments: readonly Moment[], size: number): { readonly second: number; readonly counts: number[] }[] {
  const cells: { second: number; counts: number[] }[] = [];
  for (let start = 0; start < moments.length; start += size) {
    const counts = Array.from({ length: HEAT_SPANS }, () => 0);
    for (const { row } of moments.slice(start, start + size)) {
      const [first = 0, ...added] = row[12] ?? [];
      added.forEach((count, index) => {
        counts[first + index] = (counts[first + index] ?? 0) + count;
      });
    }
    cells.push({ second: moments[start]?.second ?? 0, counts });
  }
  return cells;
}
