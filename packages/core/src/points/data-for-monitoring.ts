import { MonitoringError } from '../errors.ts';
import { roundToMicroseconds, type FieldValue, type TagValue } from './base-point.ts';

/**
 * Tags and fields that a handler adds to the points of its own request.
 *
 * The objects inherit nothing, so a key of outside text (`__proto__`) is a key like any other.
 *
 * @category Points
 */
export class DataForMonitoring {
  readonly tags: Record<string, TagValue>;
  readonly fields: Record<string, FieldValue>;

  constructor(source?: Partial<DataForMonitoring>) {
    this.tags = containerOf(source?.tags);
    this.fields = containerOf(source?.fields);
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

/**
 * What inherits nothing, as `Object.create(null)` does, so that a key of outside text (`__proto__`) is a key like any other.
 *
 * V8 makes a hash table of that one at once: 250 instructions, and 420 for `Object.keys` however empty it is. The shape
 * of this one it knows.
 */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- V8 knows the shape of what a constructor makes
class Container {}
Reflect.deleteProperty(Container.prototype, 'constructor');
Object.setPrototypeOf(Container.prototype, null);
Object.freeze(Container.prototype);

function containerOf<Value>(source: Readonly<Record<string, Value>> | undefined): Record<string, Value> {
  // It is a record of whatever is put into it.
  const container = new Container() as Record<string, Value>;
  return source === undefined ? container : Object.assign(container, source);
}
