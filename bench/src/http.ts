import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order } from './http-child.ts';
import type { HttpServiceInit } from './http-service.ts';
import { HTTP_VARIANTS } from './http-variants.ts';
import { spread, type Timing } from './measure.ts';
import type { Profile } from './profile.ts';
import type { Figure, Result, Topic } from './report.ts';
import { plural } from './table.ts';

/** A shape of the service and its load. */
interface Shape {
  readonly routes: number;
  readonly inFlight: number;
  readonly transport: HttpServiceInit['transport'];
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

/** So many requests in a row keep a service's code and data in the caches, as in a busy service. */
const BLOCK_REQUESTS = 3000;
const WARM_UP_REQUESTS = 9000;
/** Blocks of the floor and the variant: ABBA, so that a machine that grows faster or slower favours neither. */
const GROUPS = 12;

const FLOOR_AGAIN = 'the floor again';
const [, FLOOR, OURS, , BUNDLE, PROMSTER, , TELEMETRY] = HTTP_VARIANTS;
/** Where the time of these goes is shown. */
const PROFILED: readonly string[] = [OURS, BUNDLE];
const PROFILED_REQUESTS = 20_000;

/** CPU time that monitoring adds to an Express request. */
export const http: Topic = async ({ isProfiled }) => {
  const others = [FLOOR_AGAIN, ...HTTP_VARIANTS.filter((name) => name !== FLOOR)];
  const pairs = new Map<string, Pair>();
  for (const name of others) pairs.set(name, await measurePair(BASE, name, isProfiled && PROFILED.includes(name)));
  const ours = addedBy(pairs.get(OURS));
  const against = (name: string): ReturnType<typeof spread> => quotient(ours, addedBy(pairs.get(name)));
  const results = [
    resultOf(
      BASE,
      [...pairs.values()],
      [
        { name: 'http.added-us', ...inMicroseconds(ours) },
        { name: 'http.added-minimum-us', ...exactly(minimumAddedBy(pairs.get(OURS)) / 1000) },
        // What this method makes of no difference at all.
        { name: 'http.floor-against-itself-us', ...inMicroseconds(addedBy(pairs.get(FLOOR_AGAIN))) },
        { name: 'http.added-against-prom-bundle', ...against(BUNDLE) },
        { name: 'http.added-against-promster', ...against(PROMSTER) },
        { name: 'http.added-against-opentelemetry', ...against(TELEMETRY) },
      ],
    ),
  ];
  const referenceNs = spread(ours).median;
  for (const [slug, shape] of Object.entries(SHAPES)) {
    const pair = await measurePair(shape, OURS, false);
    const added = addedBy(pair);
    const growth = added.map((ns) => ns - referenceNs);
    results.push(
      resultOf(
        shape,
        [pair],
        [
          { name: `http.added-us-${slug}`, ...inMicroseconds(added) },
          { name: `http.added-growth-${slug}-us`, ...inMicroseconds(growth) },
        ],
      ),
    );
  }
  return results;
};

/** Blocks of the floor and of a variant, next to each other in time: CPU of a request in each, in nanoseconds. */
interface Pair {
  readonly name: string;
  readonly floorNs: readonly number[];
  readonly variantNs: readonly number[];
  readonly profile: Profile | undefined;
}

/** Two processes, and no other of ours: the floor and one variant. */
async function measurePair(shape: Shape, name: string, isProfiled: boolean): Promise<Pair> {
  process.stderr.write(`  ${name}, ${plural(shape.routes, 'route')}, ${String(shape.inFlight)} in flight …\n`);
  const children = [await startChild(FLOOR, shape), await startChild(name === FLOOR_AGAIN ? FLOOR : name, shape)];
  try {
    const [floor, variant] = children as [ChildProcess, ChildProcess];
    const block = { times: BLOCK_REQUESTS, inFlight: shape.inFlight };
    for (const child of children) await measureIn(child, { ...block, times: WARM_UP_REQUESTS });
    const floorNs: number[] = [];
    const variantNs: number[] = [];
    for (let group = 0; group < GROUPS; group += 1) {
      floorNs.push(await measureIn(floor, block));
      variantNs.push(await measureIn(variant, block));
      variantNs.push(await measureIn(variant, block));
      floorNs.push(await measureIn(floor, block));
    }
    const profile = isProfiled
      ? await answerOf<Profile>(variant, { ...block, times: PROFILED_REQUESTS, isProfiled })
      : undefined;
    return { name, floorNs, variantNs, profile };
  } finally {
    for (const child of children) child.kill();
  }
}

async function startChild(variant: string, { routes, transport }: Shape): Promise<ChildProcess> {
  const child = fork(CHILD, [variant, String(routes), transport]);
  await once(child, 'message');
  return child;
}

async function measureIn(child: ChildProcess, order: Order): Promise<number> {
  return await answerOf<number>(child, order);
}

/** What a child measures is what its order asks for. */
async function answerOf<Answer>(child: ChildProcess, order: Order): Promise<Answer> {
  child.send(order);
  const [answer] = (await once(child, 'message')) as [Answer];
  return answer;
}

function addedBy(pair: Pair | undefined): readonly number[] {
  return pair?.variantNs.map((ns, index) => ns - (pair.floorNs[index] ?? NaN)) ?? [];
}

function minimumAddedBy(pair: Pair | undefined): number {
  return pair === undefined ? NaN : Math.min(...pair.variantNs) - Math.min(...pair.floorNs);
}

function resultOf({ routes, inFlight, transport }: Shape, pairs: readonly Pair[], figures: readonly Figure[]): Result {
  const where = transport === 'memory' ? 'in memory' : 'over a real socket';
  const [first] = pairs;
  return {
    title: `CPU time of an Express request: ${plural(routes, 'route')}, ${String(inFlight)} in flight, ${where}`,
    unit: 'ns per request',
    timings: [
      ...(first === undefined ? [] : [timingOf(FLOOR, first.floorNs)]),
      ...pairs.map(({ name, profile, variantNs }) => ({
        ...timingOf(name, variantNs),
        ...(profile !== undefined && { profile }),
      })),
    ],
    figures,
  };
}

function timingOf(name: string, roundsNs: readonly number[]): Timing {
  const { median, lower, upper } = spread(roundsNs);
  return { name, medianNs: median, lowerNs: lower, upperNs: upper, roundsNs };
}

function inMicroseconds(ns: readonly number[]): ReturnType<typeof spread> {
  return spread(ns.map((value) => value / 1000));
}

function exactly(value: number): ReturnType<typeof spread> {
  return { median: value, lower: value, upper: value };
}

/** The quotient of two medians. */
function quotient(of: readonly number[], to: readonly number[]): ReturnType<typeof spread> {
  return exactly(spread(of).median / spread(to).median);
}
