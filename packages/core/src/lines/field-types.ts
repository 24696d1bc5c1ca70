import type { FieldValue } from '../points/base-point.ts';

/** The types that InfluxDB tells apart and that we write. */
export type FieldType = 'float' | 'integer' | 'string' | 'boolean';

/**
 * How many fields of all series together there may be, the standard ones aside. Further ones are left out: what is not
 * remembered could come in another type, or as a tag.
 */
const MAX_FIELDS = 10_000;

const MAX_INTEGER = 2n ** 63n - 1n;
const MIN_INTEGER = -(2n ** 63n);

/** Fields of a request that an option asks for. */
const ON_DEMAND = {
  bytes_written: 'integer',
  requests_in_flight: 'integer',
  sample_rate: 'float',
  time_to_first_byte: 'float',
  trace_id: 'string',
} as const;

/**
 * The fields of the source's series have their types from the start: no point of a user's own class may turn
 * `execution_time` of `requests` into text, and encoders of these series need not ask.
 */
const STANDARD_FIELDS: Readonly<Record<string, Readonly<Record<string, FieldType>>>> = {
  requests: { request_id: 'string', execution_time: 'float', ...ON_DEMAND },
  errors: { request_id: 'string', ...ON_DEMAND },
  ws_requests: { request_id: 'string', transport_time: 'float' },
  redis_message: { request_id: 'string', queue_time: 'float' },
  subscription_error: { count: 'integer' },
};

/**
 * The type of each field of each series, fixed by its first value.
 *
 * InfluxDB refuses a point whose field has another type than it had before, with its good fields too. So a later value
 * of another type is converted where nothing of it is lost, and left out where it would be.
 */
export class FieldTypes {
  readonly #series = new Map(
    Object.entries(STANDARD_FIELDS).map(([series, types]) => [series, new Map(Object.entries(types))]),
  );
  #fieldCount = 0;

  /** @returns the value in the type of its field, or `undefined` where it has none, or there are too many fields */
  conform(series: string, field: string, value: NonNullable<FieldValue>): NonNullable<FieldValue> | undefined {
    const type = typeOf(value);
    const known = this.#series.get(series)?.get(field);
    if (known === type) return value;
    if (known !== undefined) return convert(value, known);
    return this.#remember(series, field, type) ? value : undefined;
  }

  /** Whether a series has used a name as a field, or will: the standard fields are its own from the start. */
  isField(series: string, name: string): boolean {
    return this.#series.get(series)?.has(name) === true;
  }

  #remember(series: string, field: string, type: FieldType): boolean {
    if (this.#fieldCount >= MAX_FIELDS) return false;
    this.#fieldCount += 1;
    let fields = this.#series.get(series);
    if (fields === undefined) {
      fields = new Map();
      this.#series.set(series, fields);
    }
    fields.set(field, type);
    return true;
  }
}

/** True where a field can hold the value: a float must be finite, an integer must have at most 64 bits. */
export function isStorable(value: unknown): value is NonNullable<FieldValue> {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value);
    case 'bigint':
      return value >= MIN_INTEGER && value <= MAX_INTEGER;
    case 'string':
    case 'boolean':
      return true;
    default:
      return false;
  }
}

function typeOf(value: NonNullable<FieldValue>): FieldType {
  if (typeof value === 'number') return 'float';
  if (typeof value === 'bigint') return 'integer';
  return typeof value === 'string' ? 'string' : 'boolean';
}

function convert(value: NonNullable<FieldValue>, type: FieldType): NonNullable<FieldValue> | undefined {
  if (type === 'string') return String(value);
  if (type === 'float' && typeof value === 'bigint') return BigInt(Number(value)) === value ? Number(value) : undefined;
  if (type === 'integer' && typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  return undefined;
}
