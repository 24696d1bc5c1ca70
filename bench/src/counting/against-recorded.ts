import type { Figure } from '../report.ts';
import { figuresOf, majorOf, type Run } from '../runs.ts';
import { round, table } from '../table.ts';

/** Beyond this multiple of what was recorded a count has grown, whatever moment V8 compiled at. */
const MAX_GROWTH = 1.3;

/** A count, and what was recorded for the same version of Node. */
export interface Comparison {
  readonly name: string;
  readonly counted: number;
  /** NaN where none was recorded for this version yet: `npm run bench -- instructions --docs` does. */
  readonly recorded: number;
  readonly hasGrown: boolean;
}

/** Holds counts against those that the pages of performance give. */
export function againstRecorded(figures: readonly Figure[], node: string, runs: readonly Run[]): Comparison[] {
  const run = runs.find((each) => majorOf(each) === majorOf({ node }));
  const recorded = new Map((run === undefined ? [] : figuresOf(run)).map(({ name, median }) => [name, median]));
  return figures.map(({ name, median }) => {
    const before = recorded.get(name) ?? NaN;
    return { name, counted: median, recorded: before, hasGrown: median > before * MAX_GROWTH };
  });
}

export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ counted, hasGrown, name, recorded }) => [
    Number.isNaN(recorded) ? 'not recorded yet' : hasGrown ? 'GROWN' : 'as recorded',
    `\`${name}\``,
    round(recorded),
    round(counted),
    round(counted / recorded),
  ]);
  return table(['', 'figure', 'recorded', 'counted', `share (at most ${String(MAX_GROWTH)})`], rows);
}
