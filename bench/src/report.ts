import type { Spread, Timing } from './measure.ts';
import { round, table } from './table.ts';

/** What was measured on one topic. */
export interface Result {
  readonly title: string;
  /** Unit of the timings, for the table. */
  readonly unit: string;
  readonly timings: readonly Timing[];
  /** Figures that budgets may be set for, by their name in budgets.json. */
  readonly figures: readonly Figure[];
}

export interface Figure extends Spread {
  readonly name: string;
}

/** A topic measures itself. */
export type Topic = (options: TopicOptions) => Promise<readonly Result[]>;

/** How thoroughly a topic measures itself. */
export interface TopicOptions {
  readonly isShort: boolean;
  /** Says where the time goes, too. */
  readonly isProfiled: boolean;
}

/** A budget of budgets.json. */
export interface Budget {
  readonly figure: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  /** Share of the budget by which a run may miss it before the command fails. */
  readonly noise: number;
  readonly why: string;
  /** Where it cannot be met: why, and up to where that reason reaches. Beyond it the command fails. */
  readonly explained?: { readonly reason: string; readonly limit: number };
}

/** How a budget was kept. */
export interface Verdict extends Budget {
  readonly measured: Figure | undefined;
  readonly isMet: boolean;
  readonly isWithinNoise: boolean;
  readonly isExplained: boolean;
}

export function judge(budgets: readonly Budget[], figures: readonly Figure[]): Verdict[] {
  return budgets.flatMap((budget) => {
    const measured = figures.find(({ name }) => name === budget.figure);
    if (measured === undefined) return [];
    const { atMost = Infinity, atLeast = -Infinity, explained, noise } = budget;
    const slack = (bound: number): number => Math.abs(bound) * noise;
    const isExplained =
      explained !== undefined &&
      (budget.atMost === undefined ? measured.median >= explained.limit : measured.median <= explained.limit);
    return {
      ...budget,
      measured,
      isMet: measured.median <= atMost && measured.median >= atLeast,
      isExplained,
      isWithinNoise: measured.median <= atMost + slack(atMost) && measured.median >= atLeast - slack(atLeast),
    };
  });
}

/** The tables of a topic: what was timed, and its figures. */
export function resultTable({ title, unit, timings, figures }: Result): string {
  const first = timings[0];
  const rows = timings.map(({ name, medianNs, lowerNs, upperNs }) => [
    name,
    round(medianNs),
    `${round(lowerNs)} – ${round(upperNs)}`,
    first === undefined ? '' : `${round(medianNs / first.medianNs)} ×`,
  ]);
  const figureRows = figures.map(({ name, median, lower, upper }) => [
    `\`${name}\``,
    round(median),
    `${round(lower)} – ${round(upper)}`,
  ]);
  return [
    `## ${title}`,
    ...(rows.length === 0 ? [] : [table(['variant', unit, 'quartiles', 'relative to the first'], rows)]),
    table(['figure', 'median', 'quartiles'], figureRows),
  ].join('\n\n');
}

/** The figures that have a budget, and how it was kept. */
export function budgetTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ figure, atMost, atLeast, measured, isMet, isExplained, isWithinNoise, why }) => [
    isMet ? 'met' : isWithinNoise ? 'missed, within noise' : isExplained ? 'missed, explained' : 'MISSED',
    `\`${figure}\``,
    [atMost === undefined ? '' : `≤ ${String(atMost)}`, atLeast === undefined ? '' : `≥ ${String(atLeast)}`].join(' '),
    measured === undefined ? '' : round(measured.median),
    why,
  ]);
  return `## Budgets\n\n${table(['', 'figure', 'budget', 'measured', 'meaning'], rows)}`;
}

/** Why budgets are missed, where that is known; empty where none is. */
export function reasonsText(verdicts: readonly Verdict[]): string {
  const figuresByReason = new Map<string, string[]>();
  for (const { figure, isMet, explained } of verdicts) {
    if (isMet || explained === undefined) continue;
    figuresByReason.set(explained.reason, [...(figuresByReason.get(explained.reason) ?? []), `\`${figure}\``]);
  }
  const reasons = Array.from(figuresByReason, ([reason, figures]) => `- ${figures.join(', ')}: ${reason}.`);
  return reasons.length === 0 ? '' : `## Why some budgets are missed\n\n${reasons.join('\n')}`;
}
