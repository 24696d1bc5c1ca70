import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startRedis } from '../../../test/servers/index.ts';
import { HTTP_VARIANTS } from '../http-variants.ts';
import type { Spread, Timing } from '../measure.ts';
import type { Figure, Result, Topic } from '../report.ts';
import { countAll, type Count } from './count.ts';
import { RECORD_VARIANTS } from './subjects/record-variants.ts';
import { FLOOR, OURS } from './subjects/subject.ts';

const INSTALLER = fileURLToPath(new URL('../../test/servers/install.mjs', import.meta.url));
const [, HTTP_FLOOR, HTTP_OURS, , BUNDLE, PROMSTER, , TELEMETRY] = HTTP_VARIANTS;
const { BUILT, CLIENT, FOLDED, JSON_TEXT } = RECORD_VARIANTS;

/** How a thing is counted, and what its counts say. */
interface CountedThing extends Omit<Count, 'variant' | 'url'> {
  readonly title: string;
  readonly unit: string;
  /** Those that the short form counts, and the others. */
  readonly variants: readonly string[];
  readonly otherVariants: readonly string[];
  /** By the count of each variant; NaN where that was left out. */
  readonly figures: (of: (variant: string) => number) => Readonly<Record<string, number>>;
}

const THINGS: readonly CountedThing[] = [
  {
    subject: 'request',
    title: 'Instructions of an Express request: 1 route, 1 in flight, in memory',
    unit: 'instructions per request',
    warmUpTimes: 3200,
    times: 400,
    variants: [HTTP_FLOOR, HTTP_OURS],
    otherVariants: [BUNDLE, PROMSTER, TELEMETRY],
    figures: (of) => {
      const added = (variant: string): number => of(variant) - of(HTTP_FLOOR);
      return {
        'instructions.request': added(HTTP_OURS),
        'instructions.request-against-prom-bundle': added(HTTP_OURS) / added(BUNDLE),
        'instructions.request-against-promster': added(HTTP_OURS) / added(PROMSTER),
        'instructions.request-against-opentelemetry': added(HTTP_OURS) / added(TELEMETRY),
      };
    },
  },
  {
    subject: 'record',
    title: 'Instructions of a `requests` point: built, encoded, buffered',
    unit: 'instructions per point',
    warmUpTimes: 30_000,
    times: 5000,
    variants: [OURS, BUILT, FOLDED],
    otherVariants: [CLIENT, JSON_TEXT],
    figures: (of) => ({
      'instructions.record': of(OURS),
      'instructions.record-times-less-than-influxdb-client': of(CLIENT) / of(OURS),
      'instructions.record-against-json-stringify': of(OURS) / of(JSON_TEXT),
      'instructions.folded-event': of(FOLDED) - of(BUILT),
      'instructions.folded-event-against-recording': (of(FOLDED) - of(BUILT)) / (of(OURS) - of(BUILT)),
    }),
  },
  {
    subject: 'message',
    title: 'Instructions of a Redis message of 300 bytes, node-redis 6',
    unit: 'instructions per message',
    warmUpTimes: 12_000,
    times: 2000,
    variants: [FLOOR, OURS],
    otherVariants: [],
    figures: (of) => ({ 'instructions.message': of(OURS) - of(FLOOR) }),
  },
  {
    subject: 'send',
    title: 'Instructions of a wrapped WebSocket send in a context, without the network: 1,000 sockets',
    unit: 'instructions per send',
    size: 1000,
    warmUpTimes: 30_000,
    times: 5000,
    variants: [FLOOR, OURS],
    otherVariants: [],
    figures: (of) => ({ 'instructions.send': of(OURS) - of(FLOOR) }),
  },
];

/** What monitoring adds to each thing that it is told of, in instructions that the processor executes. */
export const instructions: Topic = async ({ isShort }) => {
  execFileSync(process.execPath, [INSTALLER, 'valgrind', 'redis-server'], { stdio: 'inherit' });
  const redis = await startRedis();
  try {
    const wanted = THINGS.flatMap((thing) =>
      [...thing.variants, ...(isShort ? [] : thing.otherVariants)].map((variant) => ({ thing, variant })),
    );
    const counts = new Map<CountedThing, Map<string, Spread>>(THINGS.map((thing) => [thing, new Map()]));
    const spreads = await countAll(wanted.map(({ thing, variant }) => ({ ...thing, variant, url: redis.url })));
    wanted.forEach(({ thing, variant }, index) => {
      const spread = spreads[index];
      if (spread !== undefined) counts.get(thing)?.set(variant, spread);
    });
    return Array.from(counts, ([thing, of]) => resultOf(thing, of));
  } finally {
    await redis.stop();
  }
};

function resultOf(
  { figures, otherVariants, title, unit, variants }: CountedThing,
  counts: Map<string, Spread>,
): Result {
  // In their order, not in that of who was done first.
  const timings = [...variants, ...otherVariants].flatMap((name): Timing[] => {
    const count = counts.get(name);
    if (count === undefined) return [];
    const { lower, median, upper } = count;
    return [{ name, medianNs: median, lowerNs: lower, upperNs: upper, roundsNs: [] }];
  });
  return {
    title,
    unit,
    timings,
    figures: Object.entries(figures((variant) => counts.get(variant)?.median ?? NaN))
      .filter(([, value]) => !Number.isNaN(value))
      .map(([name, value]): Figure => ({ name, median: value, lower: value, upper: value })),
  };
}
