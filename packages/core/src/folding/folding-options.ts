import { rules, type OptionRule, type OptionRules } from '../option-rules.ts';

/** The upper bounds of prom-client's histograms, in seconds. */
export const PROMETHEUS_BUCKETS: readonly number[] = Object.freeze([
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]);

/** Series of this library whose events can be folded; errors always stay points. */
export const FOLDABLE_SERIES = ['requests', 'ws_requests', 'redis_message'] as const;

/** One of the series that `aggregate` may name. */
export type FoldableSeries = (typeof FOLDABLE_SERIES)[number];

/**
 * Which events are folded at the source: of each period one point for each set of tags, in the series `<series>_summary`,
 * in the place of a point an event.
 */
export interface AggregateOptions {
  /**
   * Cumulative counts by upper bound, as `execution_time_le_0.1`: true for prom-client's bounds, or bounds of your own in
   * seconds, rising.
   *
   * @defaultValue false
   */
  readonly buckets?: boolean | readonly number[] | undefined;
  /** Length of a period, in seconds from 1 to 3600; periods begin at its multiples since the epoch. @defaultValue 10 */
  readonly periodSeconds?: number | undefined;
  /** Series whose events are folded. Points of your own are, where their class says so (`foldedDurations`). */
  readonly series: readonly FoldableSeries[];
  /** Events that took so many seconds or more are recorded as points too. @defaultValue none are */
  readonly slowSeconds?: number | undefined;
}

/** `AggregateOptions` with all defaults. */
export interface ResolvedAggregateOptions {
  readonly buckets: readonly number[];
  readonly periodSeconds: number;
  readonly series: readonly FoldableSeries[];
  readonly slowSeconds: number;
}

/** What applies where `aggregate` does not say. */
export const DEFAULT_AGGREGATE_OPTIONS = Object.freeze({ buckets: false, periodSeconds: 10 } as const);

const MIN_PERIOD_SECONDS = 1;
const MAX_PERIOD_SECONDS = 3600;
const MAX_BUCKETS = 50;

const seriesRule: OptionRule = {
  expected: `a list of ${FOLDABLE_SERIES.join(', ')}, each at most once`,
  isValid: (value) =>
    Array.isArray(value) &&
    new Set(value).size === value.length &&
    value.every((name: unknown) => (FOLDABLE_SERIES as readonly unknown[]).includes(name)),
};

const bucketsRule: OptionRule = {
  expected: `true, false, or up to ${String(MAX_BUCKETS)} rising numbers of seconds above 0`,
  isValid: (value) => typeof value === 'boolean' || (Array.isArray(value) && areBounds(value)),
};

/** What each option of `AggregateOptions` must be. */
export const AGGREGATE_OPTION_RULES: OptionRules<AggregateOptions> = {
  buckets: bucketsRule,
  periodSeconds: rules.number('seconds', MIN_PERIOD_SECONDS, MAX_PERIOD_SECONDS),
  series: seriesRule,
  slowSeconds: rules.number('seconds', 0, MAX_PERIOD_SECONDS),
};

/** Fills in the defaults of options that were checked (config/). */
export function resolveAggregateOptions(options: AggregateOptions): ResolvedAggregateOptions {
  const { buckets = DEFAULT_AGGREGATE_OPTIONS.buckets } = options;
  return {
    buckets: buckets === true ? PROMETHEUS_BUCKETS : buckets === false ? [] : buckets,
    periodSeconds: options.periodSeconds ?? DEFAULT_AGGREGATE_OPTIONS.periodSeconds,
    series: options.series,
    slowSeconds: options.slowSeconds ?? Infinity,
  };
}

function areBounds(bounds: readonly unknown[]): boolean {
  return (
    bounds.length <= MAX_BUCKETS &&
    bounds.every((bound, index) => {
      const before: unknown = index === 0 ? 0 : bounds[index - 1];
      return typeof bound === 'number' && bound < Infinity && typeof before === 'number' && bound > before;
    })
  );
}
