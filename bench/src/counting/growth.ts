import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { HTTP_VARIANTS } from '../http-variants.ts';
import type { Spread } from '../measure.ts';
import type { Result, Topic } from '../report.ts';
import { countAll, type Count } from './count.ts';
import { FLOOR, OURS } from './subjects/subject.ts';

const INSTALLER = fileURLToPath(new URL('../../test/servers/install.mjs', import.meta.url));
const [, HTTP_FLOOR, HTTP_OURS] = HTTP_VARIANTS;

/** What may cost more where there are many of something. */
interface Growth extends Omit<Count, 'variant' | 'size'> {
  readonly title: string;
  readonly unit: string;
  /** What there are few or many of; its name is part of a figure's. */
  readonly among: string;
  readonly few: number;
  readonly many: number;
  readonly floor: string;
  readonly ours: string;
}

const GROWTHS: readonly Growth[] = [
  {
    subject: 'request',
    title: 'Instructions of an Express request among routes: in routers of 100, each asked for in turn',
    unit: 'instructions per request',
    among: 'routes',
    few: 10,
    many: 10_000,
    // Each route is asked for before it is counted.
    warmUpTimes: 12_000,
    times: 400,
    floor: HTTP_FLOOR,
    ours: HTTP_OURS,
  },
  {
    subject: 'request-in-flight',
    title: 'Instructions of an Express request among others in flight: 1 route',
    unit: 'instructions per request',
    among: 'in-flight',
    few: 1,
    many: 1000,
    warmUpTimes: 8000,
    times: 1000,
    floor: HTTP_FLOOR,
    ours: HTTP_OURS,
  },
  {
    subject: 'send',
    title: 'Instructions of a wrapped WebSocket send in a context among sockets, without the network',
    unit: 'instructions per send',
    among: 'sockets',
    few: 10,
    many: 10_000,
    warmUpTimes: 30_000,
    times: 10_000,
    floor: FLOOR,
    ours: OURS,
  },
];

/** Whether what monitoring adds stays the same, in instructions, however many routes, requests and sockets there are. */
export const growth: Topic = async () => {
  execFileSync(process.execPath, [INSTALLER, 'valgrind'], { stdio: 'inherit' });
  const counts = await countAll(GROWTHS.flatMap(countsOf));
  return GROWTHS.map((each, index) => resultOf(each, counts.slice(4 * index, 4 * index + 4)));
};

function countsOf({ few, floor, many, ours, ...count }: Growth): Count[] {
  return [few, many].flatMap((size) => [floor, ours].map((variant) => ({ ...count, size, variant })));
}

function resultOf(each: Growth, counts: readonly Spread[]): Result {
  const { among, few, many, title, unit } = each;
  const medianOf = (index: number): number => counts[index]?.median ?? NaN;
  const added = { few: medianOf(1) - medianOf(0), many: medianOf(3) - medianOf(2) };
  const figures = {
    [`growth.added-${String(few)}-${among}`]: added.few,
    [`growth.added-${String(many)}-${among}`]: added.many,
    [`growth.${among}`]: added.many / added.few,
  };
  return {
    title,
    unit,
    timings: countsOf(each).map(({ size = 1, variant }, index) => ({
      name: `${variant}, ${size.toLocaleString('en')} ${among.replace('-', ' ')}`,
      medianNs: medianOf(index),
      lowerNs: counts[index]?.lower ?? NaN,
      upperNs: counts[index]?.upper ?? NaN,
      roundsNs: [],
    })),
    figures: Object.entries(figures).map(([name, value]) => ({ name, median: value, lower: value, upper: value })),
  };
}
