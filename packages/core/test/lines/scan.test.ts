import { BaseMonitoringPoint, LunaRequestInfluxMonitoring } from '../../src/index.ts';
import { decodeLine } from '../../src/lines/decode.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScannedLine, readNumberField, scanLine } from '../../src/lines/scan.ts';

class AnyPoint extends BaseMonitoringPoint {
  readonly series: string;
  readonly tags: Record<string, string>;
  readonly fields: Record<string, string | number | bigint | boolean>;

  constructor(series: string, tags: Record<string, string>, fields: AnyPoint['fields']) {
    super({ eventTime: 1_700_000_000.5 });
    this.series = series;
    this.tags = tags;
    this.fields = fields;
  }
}

/** Text as the outside sends it: what line protocol treats specially, and names of fields that are looked for. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(',', '=', ' ', '\\', '"', '\n', '\r', 'execution_time=9', '😀', '\ud800'),
      fc.string({ maxLength: 3 }),
    ),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''));

async function linesOf(points: readonly AnyPoint[]): Promise<string[]> {
  await using monitoring = new LunaRequestInfluxMonitoring();
  const lines: string[] = [];
  monitoring.observeLines({ onLine: (line) => lines.push(line) });
  monitoring.addPoints(points);
  return lines;
}

describe('scanLine', () => {
  it('finds head, second and number of whatever the encoder writes, as the decoder does', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, text, text, text, fc.double({ noNaN: true, noDefaultInfinity: true })), {
          minLength: 1,
          maxLength: 5,
        }),
        async (rows) => {
          const points = rows.map(
            ([series, key, tag, field, value]) =>
              new AnyPoint(
                `s${series}`,
                { [`k${key}`]: tag, route: tag },
                { [`f${key}`]: field, execution_time: value, count: 3n },
              ),
          );
          const lines = await linesOf(points);
          expect(lines).toHaveLength(rows.length);
          const batch = lines.join('\n');
          const scanned = createScannedLine();
          let start = 0;
          for (const line of lines) {
            scanLine(batch, start, scanned);
            const decoded = decodeLine(line);
            expect(decodeLine(`${scanned.head} f=1 0`).tags).toEqual(decoded.tags);
            expect(decodeLine(`${scanned.head} f=1 0`).series).toBe(decoded.series);
            expect(scanned.second).toBe(Math.floor(decoded.time));
            expect(readNumberField(batch, scanned, 'execution_time')).toBe(decoded.fields['execution_time']);
            expect(readNumberField(batch, scanned, 'count')).toBe(3);
            expect(readNumberField(batch, scanned, 'no_such')).toBeUndefined();
            start = scanned.nextStart;
          }
          expect(start).toBe(batch.length + 1);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('gives no number for a field that is text', async () => {
    const [line = ''] = await linesOf([new AnyPoint('s', {}, { execution_time: '9' })]);
    const scanned = createScannedLine();
    scanLine(line, 0, scanned);
    expect(readNumberField(line, scanned, 'execution_time')).toBeUndefined();
  });

  it('gives no number for a field that is a truth value', async () => {
    const [line = ''] = await linesOf([new AnyPoint('s', {}, { execution_time: true })]);
    const scanned = createScannedLine();
    scanLine(line, 0, scanned);
    expect(readNumberField(line, scanned, 'execution_time')).toBeUndefined();
  });
});
