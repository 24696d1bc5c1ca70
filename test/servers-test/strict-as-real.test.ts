import {
  LineError,
  parseLine,
  splitLines,
  startInflux1,
  type Influx1Server,
  type InfluxRow,
} from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Bodies that InfluxDB reads, and bodies that it refuses: our strict parser must say the same. */
const BODIES: readonly string[] = [
  'm f=1 1',
  'm,t=a f=1 1',
  'm,t=a,u=b f=1,g=2i,h="s",k=true 1',
  'm f=1',
  '  m f=1 1',
  '# comment\nm f=1 1',
  '\n\nm f=1 1\n',
  'm\\,x,t\\=k=a\\ b\\,c\\=d f\\ g=1 1',
  'm=x,t=a f=1 1',
  'm,t=a"b f=1 1',
  'm,t=a\\b f=1 1',
  'm,t=a\\\\,u=b f=1 1',
  'm,t=a\\ f=1 1',
  'm f="a\\"b\\\\c\\d" 1',
  'm f="a\nb" 1',
  'm f="a b,c=d" 1',
  'm f="unbalanced 1',
  'q1 s="x 1\nq2 f=1 1\nq3 f=2 2',
  'm f="" 1',
  'm f=1e21,g=5e-324,h=-0,i=.5,j=1.,k=007 1',
  'm f=NaN 1',
  'm f=+5 1',
  'm f=0x10 1',
  'm f=1e400 1',
  'm f=9223372036854775807i 1',
  'm f=9223372036854775808i 1',
  'm f=-9223372036854775808i 1',
  'm f=1.5i 1',
  'm f=T,g=false,h=FALSE 1',
  'm f=tRue 1',
  'm f=null 1',
  'm f= 1',
  'm =1 1',
  'm, f=1 1',
  'm,t f=1 1',
  'm,t= f=1 1',
  'm,=a f=1 1',
  ',t=a f=1 1',
  'm,t=a,t=b f=1 1',
  'm f=1,f=2 1',
  'm',
  'm 1',
  'm f=1 1.5',
  'm f=1 1e18',
  'm f=1 x',
  'm f=1 9223372036854775806',
  'm f=1 9223372036854775807',
  'm f=1 -9223372036854775806',
  'm f=1 1\r',
  'm,t=é😀 f="ü" 1',
  'good f=1 1\nbad f=x 2\ngood f=3 3',
];

describe('the parser of the strict server', () => {
  let influx: Influx1Server;

  beforeAll(async () => {
    influx = await startInflux1();
  });

  afterAll(async () => {
    await influx.stop();
  });

  it.each(BODIES.map((body, index) => ({ body, database: `case_${String(index)}` })))(
    'reads what InfluxDB reads: $body',
    async ({ body, database }) => {
      await influx.createDatabase(database);
      const response = await fetch(`${influx.url}/write?db=${database}`, { method: 'POST', body });
      const { points, hasError } = parse(body);
      expect(hasError).toBe(response.status !== 204);
      const series = [...new Set(points.map(({ measurement }) => measurement))];
      for (const measurement of series) {
        const rows = await influx.query(database, `SELECT * FROM "${measurement}"`);
        expect(rows.map(comparable)).toEqual(points.filter((point) => point.measurement === measurement).map(asRow));
      }
      const stored = await influx.query(database, 'SHOW MEASUREMENTS');
      expect(stored.map(({ name }) => name).sort()).toEqual(series.sort());
    },
  );
});

function parse(body: string): { points: ReturnType<typeof parseLine>[]; hasError: boolean } {
  const points: ReturnType<typeof parseLine>[] = [];
  let hasError = false;
  for (const { text } of splitLines(body)) {
    try {
      points.push(parseLine(text));
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      hasError = true;
    }
  }
  return { points, hasError };
}

function asRow({ tags, fields, timestamp }: ReturnType<typeof parseLine>): Record<string, string> {
  const values = [...fields].map(([name, { value }]) => [name, value] as const);
  return comparable({
    ...Object.fromEntries(tags),
    ...Object.fromEntries(values),
    ...(timestamp !== undefined && { time: String(timestamp) }),
  });
}

/** A row without what the point lacks, and with its values as text. */
function comparable(row: InfluxRow): Record<string, string> {
  const entries = Object.entries(row).filter(
    ([name, value]) => value !== null && (name !== 'time' || isFromLine(String(value))),
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

/** A time that the server gave lies in the present; those of the lines lie in 1970 or at the ends of the range. */
function isFromLine(time: string): boolean {
  return Math.abs(Number(time)) < 1e18 || Math.abs(Number(time)) > 9e18;
}
