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
  /** For CI: leaves the other packages out, where a topic is one of the short form. */
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
  /** Where it cannot be met: why. */
  readonly explained?: string;
}

/** How a budget was kept. */
export interface Verdict extends Budget {
  /** `undefined` where nobody has measured it yet. */
  readonly measured: Figure | undefined;
  readonly isMet: boolean;
  readonly isWithinNoise: boolean;
}

export function judge(budgets: readonly Budget[], figures: readonly Figure[]): Verdict[] {
  return budgets.map((budget) => {
    const measured = figures.find(({ name }) => name === budget.figure);
    if (measured === undefined) return { ...budget, measured, isMet: false, isWithinNoise: false };
    const { atMost = Infinity, atLeast = -Infinity, noise } = budget;
    const slack = (bound: number): number => Math.abs(bound) * noise;
    return {
      ...budget,
      measured,
      isMet: measured.median <= atMost && measured.median >= atLeast,
      isWithinNoise: measured.median <= atMost + slack(atMost) && measured.median >= atLeast - slack(atLeast),
    };
  });
}

/** The tables of a topic: what was timed, and its figures. */
export function resultTables({ unit, timings, figures }: Result): string {
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
    ...(rows.length === 0 ? [] : [table(['variant', unit, 'quartiles', 'relative to the first'], rows)]),
    table(['figure', 'median', 'quartiles'], figureRows),
  ].join('\n\n');
}

/** In a word, how a budget was kept. */
export function verdictText({ explained, isMet, isWithinNoise, measured }: Verdict): string {
  if (measured === undefined) return 'not measured yet';
  if (isMet) return 'met';
  if (isWithinNoise) return 'missed, within noise';
  return explained === undefined ? 'MISSED' : 'missed, explained';
}

/** What a budget asks for, as in `≤ 5`. */
export function boundText({ atLeast, atMost }: Budget): string {
  return [atMost === undefined ? '' : `≤ ${String(atMost)}`, atLeast === undefined ? '' : `≥ ${String(atLeast)}`].join(
    '',
  );
}

/** Why budgets are missed, where that is known; empty where none is. */
export function reasonsText(verdicts: readonly Verdict[]): string {
  const figuresByReason = new Map<string, string[]>();
  for (const { figure, isMet, explained, measured } of verdicts) {
    if (isMet || explained === undefined || measured === undefined) continue;
    figuresByReason.set(explained, [...(figuresByReason.get(explained) ?? []), `\`${figure}\``]);
  }
  const reasons = Array.from(figuresByReason, ([reason, figures]) => `- ${figures.join(', ')}: ${reason}.`);
  return reasons.length === 0 ? '' : `## Why some budgets are missed\n\n${reasons.join('\n')}`;
}
