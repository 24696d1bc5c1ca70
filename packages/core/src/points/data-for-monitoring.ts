import { MonitoringError } from '../errors.ts';
import { roundToMicroseconds, type FieldValue, type TagValue } from './base-point.ts';

/**
 * Tags and fields that a handler adds to the points of its own request.
 *
 * The objects have no prototype, so a key of outside text (`__proto__`) is a key like any other.
 *
 * @category Points
 */
export class DataForMonitoring {
  readonly tags: Record<string, TagValue>;
  readonly fields: Record<string, FieldValue>;

  constructor({ tags, fields }: Partial<DataForMonitoring> = {}) {
    this.tags = withoutPrototype(tags);
    this.fields = withoutPrototype(fields);
  }
}

/**
 * A running measurement: its end writes the seconds into the field. Ending it twice changes nothing.
 *
 * @category Points
 */
export interface TimeMeasurement extends Disposable {
  end(): void;
}

/**
 * Starts to time into a field, in seconds with at most six decimals: to be ended by `using`, or by `end()`.
 *
 * @category Points
 * @param monitoringData - where the field is kept: `req.monitoring`, or a container of your own
 * @param fieldName - name of the field
 * @throws MonitoringError `ERR_OPTION_TYPE` where there is no such container
 */
export function monitorTime(monitoringData: DataForMonitoring, fieldName: string): TimeMeasurement;
/**
 * Times a block into a field, in seconds with at most six decimals.
 *
 * It returns what the callback returns, and the field is written when the callback returns, throws, or its promise
 * settles. A thenable that is no promise (a query builder) is left alone: await it within an async callback.
 *
 * @param monitoringData - where the field is kept: `req.monitoring`, or a container of your own
 * @param fieldName - name of the field
 * @param block - what to time, sync or async
 * @throws MonitoringError `ERR_OPTION_TYPE` where there is no such container
 *
 * @example
 * ```ts
 * import { DataForMonitoring, monitorTime } from '@influx-monitoring/core';
 *
 * const data = new DataForMonitoring();
 * await monitorTime(data, 'load_time', async () => {
 *   await Promise.resolve();
 * });
 * ```
 */
export function monitorTime<Result>(monitoringData: DataForMonitoring, fieldName: string, block: () => Result): Result;
export function monitorTime<Result>(
  monitoringData: DataForMonitoring,
  fieldName: string,
  block?: () => Result,
): Result | TimeMeasurement {
  checkData(monitoringData);
  const measurement = startMeasurement(monitoringData, fieldName);
  if (block === undefined) return measurement;
  let result: Result;
  try {
    result = block();
  } catch (error) {
    measurement.end();
    throw error;
  }
  if (!(result instanceof Promise)) {
    measurement.end();
    return result;
  }
  // `finally` gives a promise of the same value, so Result still describes it.
  return result.finally(() => {
    measurement.end();
  }) as Result;
}

function startMeasurement({ fields }: DataForMonitoring, fieldName: string): TimeMeasurement {
  const startedAtMs = performance.now();
  let isRunning = true;
  const end = (): void => {
    if (!isRunning) return;
    isRunning = false;
    fields[fieldName] = roundToMicroseconds((performance.now() - startedAtMs) / 1000);
  };
  return { end, [Symbol.dispose]: end };
}

/** Where the middleware did not run there is no `req.monitoring`: the mistake that is made most. */
function checkData(data: Partial<DataForMonitoring> | null | undefined): void {
  if (typeof data?.fields === 'object') return;
  throw new MonitoringError(
    'ERR_OPTION_TYPE',
    `monitorTime: expected req.monitoring or a DataForMonitoring, got ${data === null ? 'null' : typeof data}; does the middleware run before?`,
  );
}

function withoutPrototype<Value>(source: Readonly<Record<string, Value>> | undefined): Record<string, Value> {
  // Object.create(null) is typed any; an object without prototype is a record of whatever is put into it.
  const copy = Object.create(null) as Record<string, Value>;
  return source === undefined ? copy : Object.assign(copy, source);
}
