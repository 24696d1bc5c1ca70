import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order } from './http-child.ts';
import { HTTP_VARIANTS } from './http-variants.ts';
import { spread, type Timing } from './measure.ts';
import type { Profile } from './profile.ts';
import type { Figure, Result, Topic } from './report.ts';
import { plural } from './table.ts';

/** A shape of the service and its load. */
interface Shape {
  readonly routes: number;
  readonly inFlight: number;
  readonly transport: 'memory' | 'socket';
}

const BASE: Shape = { routes: 1, inFlight: 1, transport: 'memory' };
/** What the others have grown from, measured as they are, with as many processes in turn. */
const REFERENCE = '1-route';
/** The other shapes, by the name of their figure. */
const SHAPES: Readonly<Record<string, Shape>> = {
  [REFERENCE]: BASE,
  '100-routes': { ...BASE, routes: 100 },
  '10000-routes': { ...BASE, routes: 10_000 },
  '1000-in-flight': { ...BASE, inFlight: 1000 },
  'real-socket': { ...BASE, transport: 'socket' },
};

/** Those that have a budget. */
const SHORT_SHAPES = new Set([REFERENCE, '10000-routes', '1000-in-flight']);

const CHILD = fileURLToPath(new URL('http-child.js', import.meta.url));

/** How many requests are measured, and in how many processes: each lays out its code and memory in another way. */
interface Plan {
  readonly processes: number;
  readonly warmUpTimes: number;
  readonly times: number;
  readonly rounds: number;
  readonly isProfiled: boolean;
}

/** Many short rounds: with 60 requests each the median of 1,000 differences moves by 2 µs, with 300 by 10. */
const FULL: Plan = { processes: 2, warmUpTimes: 6_000, times: 60, rounds: 200, isProfiled: false };
const SHORT: Plan = { processes: 1, warmUpTimes: 2_000, times: 60, rounds: 150, isProfiled: false };
const MIN_ROUNDS = 20;

const FLOOR_AGAIN = 'the floor again';
const [NOTHING, FLOOR, OURS, , BUNDLE, , , TELEMETRY] = HTTP_VARIANTS;
/** Where the time of these goes is shown. */
const PROFILED = [FLOOR, OURS, BUNDLE];
const PROFILED_TIMES = 20_000;

/** CPU time that monitoring adds to an Express request. */
export const http: Topic = async ({ isShort, isProfiled }) => {
  const plan = { ...(isShort ? SHORT : FULL), isProfiled };
  const others = isShort ? [OURS, BUNDLE, TELEMETRY] : HTTP_VARIANTS.filter((name) => name !== FLOOR);
  const base = await measureShape(BASE, [FLOOR, FLOOR_AGAIN, ...others], plan);
  const addedOf = (wanted: string): readonly number[] => base.find(({ name }) => name === wanted)?.addedNs ?? [];
  const added = addedOf(OURS);
  const results = [
    resultOf(BASE, base, [
      { name: 'http.added-us', ...inMicroseconds(added) },
      // What this method makes of no difference at all.
      { name: 'http.floor-against-itself-us', ...inMicroseconds(addedOf(FLOOR_AGAIN)) },
      { name: 'http.nothing-against-the-floor-us', ...inMicroseconds(addedOf(NOTHING)) },
      { name: 'http.added-against-prom-bundle', ...quotient(added, addedOf(BUNDLE)) },
      { name: 'http.added-against-opentelemetry', ...quotient(added, addedOf(TELEMETRY)) },
    ]),
  ];
  let referenceNs: number | undefined;
  for (const [slug, shape] of Object.entries(SHAPES)) {
    if (isShort && !SHORT_SHAPES.has(slug)) continue;
    const timings = await measureShape(shape, [FLOOR, OURS], { ...plan, isProfiled: false });
    const shapeAdded = timings[1]?.addedNs ?? [];
    referenceNs ??= spread(shapeAdded).median;
    const growth = shapeAdded.map((ns) => ns - (referenceNs ?? NaN));
    results.push(
      resultOf(shape, timings, [
        { name: `http.added-us-${slug}`, ...inMicroseconds(shapeAdded) },
        ...(shape === BASE ? [] : [{ name: `http.added-growth-${slug}-us`, ...inMicroseconds(growth) }]),
      ]),
    );
  }
  return results;
};

/** A variant's requests, and what each cost more than one of the floor, a moment before or after. */
interface PairedTiming extends Timing {
  readonly addedNs: readonly number[];
}

/** A service in a process of its own, and what its requests took in each round. */
interface Child {
  readonly process: ChildProcess;
  readonly roundsNs: number[];
}

/**
 * All processes are there all the time and take turns every few hundredths of a second, so that the machine's mood, which changes
 * by half within seconds, meets a variant and its floor alike.
 *
 * @param variants - the first is the floor
 */
async function measureShape(shape: Shape, variants: readonly string[], plan: Plan): Promise<PairedTiming[]> {
  const children = new Map<string, Child[]>();
  try {
    for (const variant of variants) {
      children.set(variant, []);
      for (let index = 0; index < plan.processes; index += 1) {
        const child: Child = { process: await startChild(variant, shape), roundsNs: [] };
        children.get(variant)?.push(child);
        await measureIn(child, { times: Math.max(plan.warmUpTimes, shape.inFlight * 4), inFlight: shape.inFlight });
      }
    }
    await takeTurns([...children.values()], shape, plan);
    const profiles = plan.isProfiled ? await profilesOf(children, shape) : new Map<string, Profile>();
    return pairedTimings(children, profiles);
  } finally {
    for (const child of [...children.values()].flat()) child.process.kill();
  }
}

/** @param children - those of each variant */
async function takeTurns(children: readonly (readonly Child[])[], { inFlight }: Shape, plan: Plan): Promise<void> {
  const order: Order = { times: Math.max(plan.times, inFlight), inFlight };
  const rounds = Math.max(MIN_ROUNDS, Math.round((plan.rounds * plan.times) / order.times));
  const inTurn = Array.from({ length: plan.processes }, (_, index) => children.flatMap((of) => of[index] ?? []));
  for (let round = 0; round < rounds; round += 1) {
    for (const some of inTurn) {
      for (const child of round % 2 === 0 ? some : some.toReversed())
        child.roundsNs.push(await measureIn(child, order));
    }
  }
}

function pairedTimings(
  children: ReadonlyMap<string, readonly Child[]>,
  profiles: ReadonlyMap<string, Profile>,
): PairedTiming[] {
  const floorNs = [...children.values()][0]?.flatMap(({ roundsNs }) => roundsNs) ?? [];
  return [...children].map(([name, some]) => {
    const roundsNs = some.flatMap((child) => child.roundsNs);
    const { median, lower, upper } = spread(roundsNs);
    const addedNs = roundsNs.map((ns, round) => ns - (floorNs[round] ?? NaN));
    const timing = { name, medianNs: median, lowerNs: lower, upperNs: upper, roundsNs, addedNs };
    const profile = profiles.get(name);
    return profile === undefined ? timing : { ...timing, profile };
  });
}

async function profilesOf(children: ReadonlyMap<string, readonly Child[]>, { inFlight }: Shape) {
  const profiles = new Map<string, Profile>();
  for (const name of PROFILED) {
    const [child] = children.get(name) ?? [];
    if (child !== undefined) profiles.set(name, await profileIn(child, { times: PROFILED_TIMES, inFlight }));
  }
  return profiles;
}

async function startChild(variant: string, { routes, transport }: Shape): Promise<ChildProcess> {
  const child = fork(CHILD, [variant === FLOOR_AGAIN ? FLOOR : variant, String(routes), transport]);
  await once(child, 'message');
  return child;
}

async function measureIn({ process }: Child, order: Order): Promise<number> {
  process.send(order);
  const [ns] = (await once(process, 'message')) as [number];
  return ns;
}

async function profileIn({ process }: Child, order: Order): Promise<Profile> {
  process.send({ ...order, isProfiled: true });
  const [profile] = (await once(process, 'message')) as [Profile];
  return profile;
}

function resultOf(
  { routes, inFlight, transport }: Shape,
  timings: readonly Timing[],
  figures: readonly Figure[],
): Result {
  const where = transport === 'memory' ? 'in memory' : 'over a real socket';
  return {
    title: `CPU time of an Express request: ${plural(routes, 'route')}, ${String(inFlight)} in flight, ${where}`,
    unit: 'ns per request',
    timings,
    // The short form leaves some variants out.
    figures: figures.filter(({ median }) => !Number.isNaN(median)),
  };
}

function inMicroseconds(ns: readonly number[]): ReturnType<typeof spread> {
  return spread(ns.map((value) => value / 1000));
}

/** The quotient of two medians, with the quartiles of its rounds. */
function quotient(of: readonly number[], to: readonly number[]): ReturnType<typeof spread> {
  return {
    ...spread(of.map((value, round) => value / (to[round] ?? NaN))),
    median: spread(of).median / spread(to).median,
  };
}
