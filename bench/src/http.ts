import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Order } from './http-child.ts';
import { HTTP_VARIANTS } from './http-variants.ts';
import { compareOrders, spread, type Timing } from './measure.ts';
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

const CHILD = fileURLToPath(new URL('http-child.ts', import.meta.url));

/** CPU time that monitoring adds to an Express request. */
export const http: Topic = async ({ isShort }) => {
  const options = isShort ? { times: 2_000, rounds: 7 } : { times: 4_000, rounds: 25 };
  const base = await measureShape(BASE, HTTP_VARIANTS, options);
  const [, floor, ours, , bundle, , , telemetry] = base;
  if (floor === undefined || ours === undefined || bundle === undefined || telemetry === undefined)
    throw new Error('?');
  const added = addedBy(ours, floor);
  const results: Result[] = [];
  const figures: Figure[] = [
    { name: 'http.added-us', ...inMicroseconds(added) },
    { name: 'http.added-against-prom-bundle', ...quotient(added, addedBy(bundle, floor)) },
    { name: 'http.added-against-opentelemetry', ...quotient(added, addedBy(telemetry, floor)) },
  ];
  results.push(resultOf(BASE, base, figures));
  for (const [slug, shape] of Object.entries(SHAPES)) {
    const timings = await measureShape(shape, HTTP_VARIANTS.slice(1, 3), options);
    const [shapeFloor, shapeOurs] = timings;
    if (shapeFloor === undefined || shapeOurs === undefined) throw new Error('?');
    const shapeAdded = addedBy(shapeOurs, shapeFloor);
    const growth = shapeAdded.map((ns, round) => ns - (added[round] ?? NaN));
    results.push(
      resultOf(shape, timings, [
        { name: `http.added-us-${slug}`, ...inMicroseconds(shapeAdded) },
        { name: `http.added-growth-${slug}-us`, ...inMicroseconds(growth) },
      ]),
    );
  }
  return results;
};

async function measureShape(
  { routes, inFlight, transport }: Shape,
  variants: readonly string[],
  options: { readonly times: number; readonly rounds: number },
): Promise<Timing[]> {
  const children = await Promise.all(variants.map((variant) => startChild([variant, String(routes), transport])));
  try {
    const order: Order = { times: Math.max(options.times, inFlight * 4), inFlight };
    return await compareOrders(
      variants.map((name, index) => ({ name, run: () => measureIn(children[index], order) })),
      options.rounds,
    );
  } finally {
    for (const child of children) child.kill();
  }
}

async function startChild(arguments_: readonly string[]): Promise<ChildProcess> {
  const child = fork(CHILD, arguments_, { execArgv: ['--expose-gc', '--import', 'tsx'] });
  await once(child, 'message');
  return child;
}

async function measureIn(child: ChildProcess | undefined, order: Order): Promise<number> {
  if (child === undefined) throw new Error('no such child');
  child.send(order);
  const [ns] = (await once(child, 'message')) as [number];
  return ns;
}

function resultOf({ routes, inFlight, transport }: Shape, timings: Timing[], figures: Figure[]): Result {
  const where = transport === 'memory' ? 'in memory' : 'over a real socket';
  return {
    title: `CPU time of an Express request: ${String(routes)} routes, ${String(inFlight)} in flight, ${where}`,
    unit: 'ns a request',
    timings,
    figures,
  };
}

/** What a variant adds to the floor, round by round, in nanoseconds. */
function addedBy(variant: Timing, floor: Timing): number[] {
  return variant.roundsNs.map((ns, round) => ns - (floor.roundsNs[round] ?? NaN));
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
