import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ratio, spread, type Timing } from './measure.ts';
import type { Result, Topic } from './report.ts';

/** Where the packages are found from. */
const BENCH = fileURLToPath(new URL('../', import.meta.url));
const OURS = ['core', 'express', 'ws', 'redis'].map((name) => `@influx-monitoring/${name}`);
const ALL = OURS.join(' + ');
const EXPRESS = 'express';
const OTHERS = ['prom-client', '@influxdata/influxdb-client'];
/** What is imported, one process each. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = Object.fromEntries([
  [EXPRESS, [EXPRESS]],
  [ALL, OURS],
  ...[...OURS, ...OTHERS].map((name) => [name, [name]]),
]) as Record<string, readonly string[]>;
/** There and back again, as in ABBA: a machine that grows faster or slower favours none. */
const ROUNDS = 16;
const SHORT_ROUNDS = 2;

const FORMS = {
  import: {
    title: 'Importing into a fresh process, as ES modules',
    script: (names: readonly string[]) => names.map((name) => `await import('${name}');`).join(''),
    flags: ['--input-type=module'],
  },
  require: {
    title: 'Importing into a fresh process, by `require`',
    script: (names: readonly string[]) => names.map((name) => `require('${name}');`).join(''),
    flags: ['--input-type=commonjs'],
  },
} as const;

/** Time that a process takes to import what is built, without Node's own start. */
interface Reading {
  readonly cpuNs: number;
  readonly wallNs: number;
}

/** What importing the packages takes, beside importing Express and others. */
export const importing: Topic = ({ isShort }) =>
  Promise.resolve(
    Object.entries(FORMS).flatMap(([form, { flags, script, title }]) => {
      process.stderr.write(`  by ${form} …\n`);
      const readings = readingsOf(isShort ? SHORT_ROUNDS : ROUNDS, (names) => read(flags, script(names)));
      return resultsOf(form, title, readings);
    }),
  );

function readingsOf(rounds: number, readOnce: (names: readonly string[]) => Reading): Map<string, Reading[]> {
  const variants = Object.entries(VARIANTS);
  const readings = new Map<string, Reading[]>(variants.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, names] of round % 2 === 0 ? variants : variants.toReversed())
      readings.get(name)?.push(readOnce(names));
  }
  return readings;
}

function read(flags: readonly string[], script: string): Reading {
  const before = 'const cpu = process.cpuUsage(); const start = performance.now();';
  const after =
    'const wall = performance.now() - start; const { user, system } = process.cpuUsage(cpu);' +
    'process.stdout.write(JSON.stringify({ cpuNs: (user + system) * 1e3, wallNs: wall * 1e6 })); process.exit();';
  const output = execFileSync(process.execPath, [...flags, '-e', before + script + after], { cwd: BENCH });
  // The script above prints a reading.
  return JSON.parse(output.toString()) as Reading;
}

function resultsOf(form: string, title: string, readings: ReadonlyMap<string, readonly Reading[]>): Result[] {
  const timings = (of: keyof Reading): Timing[] =>
    Array.from(readings, ([name, all]) =>
      timingOf(
        name,
        all.map((reading) => reading[of]),
      ),
    );
  const cpu = timings('cpuNs');
  const wall = timings('wallNs');
  const against = (all: readonly Timing[], other: string): ReturnType<typeof spread> =>
    ratio(named(all, ALL), named(all, other));
  const others = { express: EXPRESS, 'prom-client': 'prom-client', 'influxdb-client': '@influxdata/influxdb-client' };
  return [
    {
      title: `${title}: CPU`,
      unit: 'ns of CPU',
      timings: cpu,
      figures: Object.entries(others).map(([slug, other]) => ({
        name: `import.cpu-against-${slug}-by-${form}`,
        ...against(cpu, other),
      })),
    },
    {
      title: `${title}: time`,
      unit: 'ns',
      timings: wall,
      figures: [{ name: `import.time-against-express-by-${form}`, ...against(wall, EXPRESS) }],
    },
  ];
}

function timingOf(name: string, roundsNs: readonly number[]): Timing {
  const { median, lower, upper } = spread(roundsNs);
  return { name, medianNs: median, lowerNs: lower, upperNs: upper, roundsNs };
}

function named(timings: readonly Timing[], name: string): Timing {
  const timing = timings.find((each) => each.name === name);
  if (timing === undefined) throw new Error(`expected readings of ${name}`);
  return timing;
}
