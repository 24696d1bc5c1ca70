import { profileOf, type Profile } from './profile.ts';

/** One way of doing the same thing. */
export interface Variant {
  readonly name: string;
  /** Does the thing that many times. */
  readonly run: (times: number) => void | Promise<void>;
  /** What is not to be measured, before and after each round. */
  readonly before?: () => void | Promise<void>;
  readonly after?: () => void | Promise<void>;
}

/** How a comparison is run. */
export interface ComparisonOptions {
  /** How often the thing is done in a round. */
  readonly times: number;
  /** How many rounds; each has every variant once, in another order. */
  readonly rounds: number;
  /** CPU time of the process instead of the time on the wall: for what waits. */
  readonly isCpuTime?: boolean;
  /** Says where the time goes, too. */
  readonly isProfiled?: boolean;
}

/** Time of one variant for one thing, in nanoseconds: the median and the quartiles of the rounds. */
export interface Timing {
  readonly name: string;
  readonly medianNs: number;
  readonly lowerNs: number;
  readonly upperNs: number;
  /** The rounds, in their order, to pair with those of another variant. */
  readonly roundsNs: readonly number[];
  /** Where it goes, if that was asked for. */
  readonly profile?: Profile;
}

const WARM_UP_ROUNDS = 2;
/** A profile is of so many rounds in a row. */
const PROFILED_ROUNDS = 2;
const NS_PER_US = 1000;

/**
 * Measures variants in turn, round by round, so that noise of the machine meets all of them; compare their rounds in
 * pairs (`ratio`, `difference`).
 */
export async function compare(variants: readonly Variant[], options: ComparisonOptions): Promise<Timing[]> {
  const rounds = new Map<string, number[]>(variants.map(({ name }) => [name, []]));
  for (let round = -WARM_UP_ROUNDS; round < options.rounds; round += 1) {
    for (const variant of rotated(variants, round)) {
      const ns = await measureRound(variant, options);
      if (round >= 0) rounds.get(variant.name)?.push(ns);
    }
  }
  const timings = timingsOf(rounds);
  // Last, as the profiler leaves slower code behind.
  return options.isProfiled === true ? withProfiles(timings, variants, options.times) : timings;
}

async function withProfiles(timings: readonly Timing[], variants: readonly Variant[], times: number) {
  const profiled: Timing[] = [];
  for (const [index, timing] of timings.entries()) {
    const variant = variants[index];
    if (variant === undefined) continue;
    await variant.before?.();
    const profile = await profileOf(times * PROFILED_ROUNDS, async () => {
      for (let round = 0; round < PROFILED_ROUNDS; round += 1) await variant.run(times);
    });
    await variant.after?.();
    profiled.push({ ...timing, profile });
  }
  return profiled;
}

function timingsOf(rounds: ReadonlyMap<string, readonly number[]>): Timing[] {
  return [...rounds].map(([name, roundsNs]) => ({
    name,
    medianNs: quantile(roundsNs, 0.5),
    lowerNs: quantile(roundsNs, 0.25),
    upperNs: quantile(roundsNs, 0.75),
    roundsNs,
  }));
}

/** Median and quartiles of what one variant takes for each unit of the other, round by round. */
export function ratio(of: Timing, to: Timing): Spread {
  return spread(of.roundsNs.map((ns, round) => ns / (to.roundsNs[round] ?? NaN)));
}

/** Median and quartiles of what one variant takes more than the other, in nanoseconds, round by round. */
export function difference(of: Timing, from: Timing): Spread {
  return spread(of.roundsNs.map((ns, round) => ns - (from.roundsNs[round] ?? NaN)));
}

/** A median with its quartiles: half of the rounds lie between these. */
export interface Spread {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
}

export function spread(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), lower: quantile(values, 0.25), upper: quantile(values, 0.75) };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

async function measureRound(variant: Variant, { times, isCpuTime = false }: ComparisonOptions): Promise<number> {
  await variant.before?.();
  globalThis.gc?.();
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  await variant.run(times);
  const wallNs = Number(process.hrtime.bigint() - start);
  const { user, system } = process.cpuUsage(cpu);
  await variant.after?.();
  return (isCpuTime ? (user + system) * NS_PER_US : wallNs) / times;
}

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const start = ((by % items.length) + items.length) % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
