import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order } from './http-child.ts';
import { HTTP_VARIANTS } from './http-variants.ts';
import { spread, type Timing } from './measure.ts';
import type { Figure, Result, Topic } from './report.ts';

/** A shape of the service and its load. */
interface Shape {
  readonly routes: number;
  readonly inFlight: number;
  readonly transport: 'memory' | 'socket';
}

const BASE: Shape = { routes: 1, inFlight: 1, transport: 'memory' };
/** The other shapes, by the name of their figure. */
const SHAPES: Readonly<Record<string, Shape>> = {
  '100-routes': { ...BASE, routes: 100 },
  '10000-routes': { ...BASE, routes: 10_000 },
  '1000-in-flight': { ...BASE, inFlight: 1000 },
  'real-socket': { ...BASE, transport: 'socket' },
};

const CHILD = fileURLToPath(new URL('http-child.js', import.meta.url));

/** How many requests are measured, and in how many processes: each lays out its code and memory in another way. */
interface Plan {
  readonly processes: number;
  readonly warmUpTimes: number;
  readonly times: number;
  readonly rounds: number;
}

const FULL: Plan = { processes: 3, warmUpTimes: 10_000, times: 300, rounds: 40 };
const SHORT: Plan = { processes: 1, warmUpTimes: 3_000, times: 300, rounds: 20 };

const FLOOR_AGAIN = 'the floor once more';
const [NOTHING, FLOOR, OURS, , BUNDLE, , , TELEMETRY] = HTTP_VARIANTS;

/** CPU time that monitoring adds to an Express request. */
export const http: Topic = async ({ isShort }) => {
  const plan = isShort ? SHORT : FULL;
  const base = await measureShape(BASE, [FLOOR, FLOOR_AGAIN, ...HTTP_VARIANTS.filter((name) => name !== FLOOR)], plan);
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
  for (const [slug, shape] of Object.entries(SHAPES)) {
    const timings = await measureShape(shape, [FLOOR, OURS], plan);
    const shapeAdded = timings[1]?.addedNs ?? [];
    const growth = shapeAdded.map((ns) => ns - spread(added).median);
    results.push(
      resultOf(shape, timings, [
        { name: `http.added-us-${slug}`, ...inMicroseconds(shapeAdded) },
        { name: `http.added-growth-${slug}-us`, ...inMicroseconds(growth) },
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
 * All processes are there all the time and take turns every tenth of a second, so that the machine's mood, which changes
 * by half within seconds, meets a variant and its floor alike.
 *
 * @param variants - the first is the floor
 */
async function measureShape(shape: Shape, variants: readonly string[], plan: Plan): Promise<PairedTiming[]> {
  const { inFlight } = shape;
  const children = new Map<string, Child[]>();
  try {
    for (const variant of variants) {
      children.set(variant, []);
      for (let index = 0; index < plan.processes; index += 1) {
        const child: Child = { process: await startChild(variant, shape), roundsNs: [] };
        children.get(variant)?.push(child);
        await measureIn(child, { times: Math.max(plan.warmUpTimes, inFlight * 4), inFlight });
      }
    }
    const inTurn = Array.from({ length: plan.processes }, (_, index) => [...children.values()].map((of) => of[index]));
    const order: Order = { times: Math.max(plan.times, inFlight), inFlight };
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const some of inTurn) {
        for (const child of round % 2 === 0 ? some : some.toReversed()) {
          if (child !== undefined) child.roundsNs.push(await measureIn(child, order));
        }
      }
    }
  } finally {
    for (const child of [...children.values()].flat()) child.process.kill();
  }
  const floorNs = [...children.values()][0]?.flatMap(({ roundsNs }) => roundsNs) ?? [];
  return [...children].map(([name, some]) => {
    const roundsNs = some.flatMap((child) => child.roundsNs);
    const { median, lower, upper } = spread(roundsNs);
    const addedNs = roundsNs.map((ns, round) => ns - (floorNs[round] ?? NaN));
    return { name, medianNs: median, lowerNs: lower, upperNs: upper, roundsNs, addedNs };
  });
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

function resultOf({ routes, inFlight, transport }: Shape, timings: readonly Timing[], figures: Figure[]): Result {
  const where = transport === 'memory' ? 'in memory' : 'over a real socket';
  return {
    title: `CPU time of an Express request: ${String(routes)} routes, ${String(inFlight)} in flight, ${where}`,
    unit: 'ns a request',
    timings,
    figures,
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
