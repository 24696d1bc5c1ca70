import {
  startStrictInflux,
  type InfluxRow,
  type StrictFlavour,
  type StrictPoint,
} from '@influx-monitoring/test-servers';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programOfEnvironment, startProgram } from '../real/programs.ts';
import type { RealInflux } from '../real/servers/real-influx.ts';

/** Bodies that InfluxDB reads, and bodies that it refuses. */
const BODIES: readonly string[] = [
  'm f=1 1',
  'm,t=a f=1 1',
  'm,t=a,u=b f=1,g=2i,h="s",k=true 1',
  'm f=1',
  '  m f=1 1',
  'm  f=1  1 ',
  '# comment\nm f=1 1',
  '\n\nm f=1 1\n',
  '',
  '\n',
  '#m f=1 1',
  'm\\,x,t\\=k=a\\ b\\,c\\=d f\\ g=1 1',
  'm=x,t=a f=1 1',
  'm\\=x,t=a f=1 1',
  'm,t=a"b f=1 1',
  '"m",t="a" "f"=1 1',
  'm,t=a\\b f=1 1',
  'm,t=a\\\\,u=b f=1 1',
  'm,t=a\\ f=1 1',
  'm\\,t=a f=1 1',
  'm f\\=1 1',
  '\\#m f=1 1',
  'm,_x=a _field=1 1',
  'm f="a\\"b\\\\c\\d" 1',
  'm f="a\\\\" 1',
  'm f="a\\" 1',
  'm f="a\nb" 1',
  'm f="a\r\nb" 1',
  'm f="a b,c=d" 1',
  'm f="unbalanced 1',
  'q1 s="x 1\nq2 f=1 1\nq3 f=2 2',
  'q1 s="x 1\nq2 f="y" 1\nq3 f=2 2',
  'm f="" 1',
  'm f="a"b 1',
  'm f="a""b" 1',
  'm f=a"b" 1',
  'm f=1e21,g=5e-324,h=-0,i=.5,j=1.,k=007 1',
  'm f=NaN 1',
  'm f=-Inf 1',
  'm f=+5 1',
  'm f=0x10 1',
  'm f=1e400 1',
  'm f=1e3i 1',
  'm f=9223372036854775807i 1',
  'm f=9223372036854775808i 1',
  'm f=-9223372036854775808i 1',
  'm f=1.5i 1',
  'm f=1u 1',
  'm f=t,g=T,h=true,i=True,j=TRUE 1',
  'm f=f,g=F,h=false,i=False,j=FALSE 1',
  'm f=tRue 1',
  'm f=null 1',
  'm f=undefined 1',
  'm f=[object Object] 1',
  'm f= 1',
  'm f=1, 1',
  'm f=1,,g=2 1',
  'm =1 1',
  'm, f=1 1',
  'm,t f=1 1',
  'm,t= f=1 1',
  'm,=a f=1 1',
  'm,t=a, f=1 1',
  'm,t=a=b f=1 1',
  ',t=a f=1 1',
  'm,t=a,t=b f=1 1',
  'm,u=b,t=a f=1 1\nm,t=a,u=b g=2 1',
  'm f=1,f=2 1',
  'm f=1 1\nm f=2 1\nm g=3 1',
  'm',
  'm 1',
  'm f=1 1.5',
  'm f=1 1e18',
  'm f=1 x',
  'm f=1 1 2',
  'm f=1 -1',
  'm f=1 -',
  'm f=1 9223372036854775806',
  'm f=1 9223372036854775807',
  'm f=1 -9223372036854775806',
  'm f=1 92233720368547758070',
  'm f=1 1\r',
  'm f=1 1\r\nm f=2 2',
  'm\tf=1 1',
  'm f=1\t1',
  'm,t=é😀 f="ü" 1',
  'm,t=a\nb f=1 1',
  'm,t=a\\\nb f=1 1',
  'good f=1 1\nbad f=x 2\ngood f=3 3',
  'bad f=x 1\nworse 2',
  'm,time=a f=1 1',
  'm time=1 1',
  'm time=1,f=2 1',
  'm time="x",f=2 1\nm f=3 2\nm,time=z f=3 3',
  `m,t=${'x'.repeat(65_531)} f=1 1`,
  `m,t=${'x'.repeat(65_532)} f=1 1`,
  `m f="${'x'.repeat(100_000)}" 1`,
];

/** Batches that follow each other, since the types of the first bind the second. */
const SEQUENCES: readonly (readonly string[])[] = [
  ['m f=1 1', 'm f="s" 2\nm f=3 3\nm f=4i,g=1 4\nm g="s" 5'],
  ['m f=1 1', 'm f="s" 2\nbad'],
  ['m f=1 1\nm f="s" 2\no g=1 1', 'm f=1 1\nm f="s" 2\no g=1 1'],
  ['m f=1 1', 'n g=1 1\nn g="s" 2'],
  ['m f=1 1', 'm g=1,g=2i 1', 'm g=3i 2'],
  ['m f=1 1', 'm f=1 1', 'm f=2 1', 'm g=1 1'],
  ['m f=1 1', 'm k=1,f=2i 2', 'm k="s" 3'],
  ['m f=1 1', 'm f=2i,k=1 2', 'm k="s" 3'],
  ['m f=1i 1', 'm f=1 2', 'm f=true 3', 'm f="1" 4', 'm f=2i 5'],
];

/** Debian's 1.6, or what `npm run test:real` names. */
const PROGRAM = programOfEnvironment();

const PRECISIONS: readonly (readonly [string, string])[] = [
  ...(PROGRAM.version === 1
    ? ([
        ['n', '1700000000000000001'],
        ['u', '1700000000000001'],
        ['m', '1'],
        ['h', '1'],
      ] as const)
    : ([
        ['ns', '1700000000000000001'],
        ['us', '1700000000000001'],
      ] as const)),
  ['ms', '9223372036854'],
  ['ms', '9223372036855'],
  ['ms', '-9223372036855'],
  ['s', '1700000000'],
  ['x', '1700000000'],
];

const FUZZ_SEED = 1_790_000_000;
const FUZZ_RUNS = 150;

let influx: RealInflux;
let flavour: StrictFlavour;
let databaseCount = 0;

beforeAll(async () => {
  influx = await startProgram(PROGRAM);
  flavour = flavourOf(await influx.release());
});

afterAll(async () => {
  await influx.stop();
});

describe('the strict server as a real InfluxDB', () => {
  it.each(BODIES.map((body) => [body.slice(0, 80), body]))(
    'answers and stores as the real one: %j',
    async (_title, body) => {
      await expectSame([body]);
    },
  );

  it.each(SEQUENCES.map((bodies) => ({ bodies })))(
    'binds fields to types as the real one: $bodies',
    async ({ bodies }) => {
      await expectSame(bodies);
    },
  );

  it.each(PRECISIONS)('takes times in the unit %s as the real one: %s', async (unit, timestamp) => {
    await expectSame([`m f=1 ${timestamp}`], unit);
  });

  it('reads as the real one what no table thought of', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyLine(), { minLength: 1, maxLength: 3 }), async (lines) => {
        await expectSame([lines.join('\n')]);
      }),
      { numRuns: Number(process.env['FUZZ_RUNS'] ?? FUZZ_RUNS), seed: Number(process.env['FUZZ_SEED'] ?? FUZZ_SEED) },
    );
  });
});

/** Lines of the pieces that have a meaning, right ones and wrong ones. */
function anyLine(): fc.Arbitrary<string> {
  const piece = fc.constantFrom(
    'a',
    'b',
    '\\',
    ' ',
    ',',
    '=',
    '"',
    '\\ ',
    '\\,',
    '\\=',
    '\\"',
    '\\\\',
    '\t',
    '1',
    'é',
    '#',
  );
  const text = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''));
  const value = fc.oneof(
    fc.constantFrom('1', '-2i', 'T', 'false', '"s"', '1.5e3', '""', '.', '-', 'i', '1.e', 'tr', '1e'),
    text.map((inner) => `"${inner}"`),
    text,
  );
  const pair = (key: fc.Arbitrary<string>, of: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.tuple(key, of).map(([name, content]) => `${name}=${content}`);
  const tags = fc.array(
    fc.oneof(
      pair(
        text.map((name) => `t${name}`),
        text,
      ),
      text,
    ),
    { maxLength: 2 },
  );
  const fields = fc.array(
    pair(
      text.map((name) => `f${name}`),
      value,
    ),
    { maxLength: 2 },
  );
  return fc
    .tuple(text, tags, fields, fc.constantFrom(' 1', ' 2', ' 3 ', ' x', ' -4'))
    .map(([name, ofTags, ofFields, time]) => `${[`m${name}`, ...ofTags].join(',')} ${ofFields.join(',')}${time}`);
}

/** The flavour of a release, as in `1.6.7~rc0` or `v2.7.12`. @throws where there is none */
function flavourOf(release: string): StrictFlavour {
  const found = (['1.6', '1.8', '2.7', '2.9'] as const).find((name) => release.replace('v', '').startsWith(`${name}.`));
  if (found === undefined) throw new Error(`the strict server has no flavour of ${release}`);
  return found;
}

async function expectSame(bodies: readonly string[], unit = PROGRAM.version === 1 ? 'n' : 'ns'): Promise<void> {
  databaseCount += 1;
  const database = `db${String(databaseCount)}`;
  const strict = await startStrictInflux({ flavour, bucket: database });
  try {
    await influx.createDatabase(database);
    for (const body of bodies) {
      const place = PROGRAM.version === 1 ? `/write?db=${database}` : `/api/v2/write?org=luna&bucket=${database}`;
      const real = await influx.write(database, body, unit);
      const own = await post(`${strict.url}${place}&precision=${unit}`, body);
      expect(readable(own)).toEqual(readable(real));
      const { rows, hidden } = await storedIn(database);
      expect(rowsOf(strict.store.points().filter(({ measurement }) => !hidden.has(measurement)))).toEqual(rows);
    }
  } finally {
    await strict.stop();
    await influx.dropDatabase(database);
  }
}

async function post(url: string, body: string): Promise<{ readonly status: number; readonly body: string }> {
  const response = await fetch(url, { method: 'POST', headers: { authorization: 'Token token' }, body });
  return { status: response.status, body: await response.text() };
}

function readable({ body, status }: { readonly status: number; readonly body: string }): object {
  // The id of a bucket is another in each server.
  const text = body.replaceAll(/database: \S+ for/g, 'database: … for');
  return { status, answer: text === '' ? undefined : (JSON.parse(text) as unknown) };
}

interface Stored {
  readonly rows: readonly string[];
  /** Measurements that are listed and cannot be asked for: InfluxQL of 2.x does not find some names with `=` and `"`. */
  readonly hidden: ReadonlySet<string>;
}

async function storedIn(database: string): Promise<Stored> {
  const names = await influx.query(database, 'SHOW MEASUREMENTS');
  const rows: string[] = [];
  const hidden = new Set<string>();
  for (const { name } of names) {
    const quoted = String(name).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
    const found = await influx.query(database, `SELECT * FROM "${quoted}"`);
    rows.push(...found.map((row) => rowText(String(name), row)));
    if (found.length === 0 && PROGRAM.version === 2) hidden.add(String(name));
  }
  return { rows: rows.sort(), hidden };
}

function rowsOf(points: readonly StrictPoint[]): string[] {
  return points
    .map(({ measurement, tags, fields, timestamp }) => {
      const values = Object.fromEntries([...fields].map(([name, { value }]) => [name, value]));
      return rowText(measurement, { ...tags, ...values, time: String(timestamp) });
    })
    .sort();
}

/** A point as text, without what it lacks, and without a time that the server gave: no two servers give the same. */
function rowText(measurement: string, row: InfluxRow): string {
  const entries = Object.entries(row).filter(
    ([name, value]) => value !== null && (name !== 'time' || !isNow(String(value))),
  );
  const texts = entries.map(([name, value]) => [
    name,
    typeof value === 'string' ? JSON.stringify(value) : String(value),
  ]);
  return JSON.stringify([measurement, texts.sort()]);
}

function isNow(time: string): boolean {
  return Math.abs(Number(time) / 1e6 - Date.now()) < 3_600_000;
}
