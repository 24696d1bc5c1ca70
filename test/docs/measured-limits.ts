import {
  BaseMonitoringPoint,
  LunaRequestInfluxMonitoring,
  decodeLine,
  type Fields,
  type StoredPoint,
  type Tags,
} from '@influx-monitoring/core';
import { resolveRequestId } from '@influx-monitoring/core/internal';

/** More than any limit of a text but that of a string field allows. */
const LONG_TEXT = 'x'.repeat(10_000);

class LimitPoint extends BaseMonitoringPoint {
  readonly series = 'limits';
  readonly tags: Tags;
  readonly fields: Fields;

  constructor(tags: Tags, fields: Fields) {
    super({ eventTime: 1 });
    this.tags = tags;
    this.fields = fields;
  }
}

/** What is left of a point that has too much of everything, by the names of the page's table. */
export async function measureLimits(): Promise<Readonly<Record<string, number>>> {
  const [long] = await store([new LimitPoint({ tag: LONG_TEXT }, { [LONG_TEXT]: 1, text: LONG_TEXT.repeat(10) })]);
  const [many] = await store([new LimitPoint(numbered('tag', 1000, 'x'), numbered('field', 1000, 1))]);
  const points = Array.from({ length: 20_000 }, (_, index) => new LimitPoint({ tag: index }, { count: 1 }));
  const values = new Set((await store(points)).map(({ tags }) => tags['tag']));
  values.delete('other');
  const named = Array.from({ length: 20_000 }, (_, index) => new LimitPoint({}, { [`field${String(index)}`]: 1 }));
  const names = new Set((await store(named)).flatMap(({ fields }) => Object.keys(fields)));
  const [textKey = '', longKey = ''] = Object.keys(long?.fields ?? {}).sort();
  return {
    'value of a tag, UTF-16 units': long?.tags['tag']?.length ?? 0,
    'a key, UTF-16 units': longKey.length,
    'a string field, bytes of UTF-8': Buffer.byteLength(String(long?.fields[textKey])),
    'a request id from outside, characters': resolveRequestId({ 'x-request-id': LONG_TEXT }).length,
    'tags of a point': Object.keys(many?.tags ?? {}).length,
    'fields of a point': Object.keys(many?.fields ?? {}).length,
    'fields of all series, by name': names.size,
    'values of a tag of a series': values.size,
  };
}

function numbered<Value>(name: string, count: number, value: Value): Record<string, Value> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}${String(index)}`, value]));
}

/** The points as they are on the wire. */
async function store(points: readonly LimitPoint[]): Promise<StoredPoint[]> {
  const monitoring = new LunaRequestInfluxMonitoring({ logger: { error: ignore, info: ignore, warn: ignore } });
  const stored: StoredPoint[] = [];
  monitoring.observeLines({ onLine: (line) => stored.push(decodeLine(line)) });
  monitoring.addPoints(points);
  await monitoring.stop();
  return stored;
}

function ignore(): void {
  // That a tag has had all its values is warned of once: here it is meant.
}
