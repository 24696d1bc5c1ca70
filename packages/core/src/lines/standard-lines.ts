import type { BaseMonitoringPoint, Fields, Tags } from '../points/base-point.ts';
import { RequestErrorMonitoringPoint, RequestMonitoringPoint } from '../points/request-points.ts';
import { ErrorPoint, SubscribeRedisPoint, WSRequestPoint } from '../points/sender-points.ts';
import { DurationText } from '../clock/decimal-text.ts';
import { escapeString } from './escape.ts';
import { KnownHeads, type Head } from './known-heads.ts';

const MAX_COUNT = Number.MAX_SAFE_INTEGER;

/** Longer durations (11 days) go the general way: some have no rounded number. */
const MAX_SECONDS = 1_000_000;

/** What stands between the request id and the time stamp. */
const EXECUTION_TIME = new DurationText('",execution_time=', ' ');
const EXECUTION_TIME_ALONE = new DurationText(' execution_time=', ' ');
const TRANSPORT_TIME = new DurationText('",transport_time=', ' ');

/**
 * Writes the lines of the source's five series.
 *
 * Series and tags of a point are looked up in one piece by what they are made from, without objects of tags and fields
 * between: 0.2 µs a `requests` point against 1.3 µs the general way, which the tests hold it to. A point of a derived
 * class, with additional tags or fields, or with a value of a wrong type goes the general way.
 */
export class StandardLines {
  readonly #requests: KnownHeads;
  readonly #requestsWithoutId: KnownHeads;
  readonly #errors: KnownHeads;
  readonly #sends: KnownHeads;
  readonly #messages: KnownHeads;
  readonly #subscriptionErrors: KnownHeads;
  /**
   * One point of each class, to be kept. V8 forgets the shape of objects of which none is alive when it collects garbage,
   * and the machine code that was made for it; points live for a moment. A line where garbage is collected before each
   * 2,000: 0.13 µs against 0.3 to 1.1 (bench/points/live-shapes.ts; Node 20 and 24).
   */
  readonly shapes: readonly BaseMonitoringPoint[] = createShapes();
  #lastRequestId = '';
  #lastRequestIdText = '';
  #lastSendId = '';
  #lastTransportTime = NaN;
  #lastSendText = '';

  /** @param headOf - writes series and tags of a point */
  constructor(headOf: (point: BaseMonitoringPoint) => Head) {
    const requestId = ' request_id="';
    this.#requests = new KnownHeads(headOf, requestId);
    this.#requestsWithoutId = new KnownHeads(headOf, '');
    this.#errors = new KnownHeads(headOf, requestId);
    this.#sends = new KnownHeads(headOf, requestId);
    this.#messages = new KnownHeads(headOf, requestId);
    this.#subscriptionErrors = new KnownHeads(headOf, ' count=');
  }

  /** @returns the line, or `undefined` where it has to be written the general way */
  encode(point: BaseMonitoringPoint, stamp: string): string | undefined {
    if (isExactly(point, RequestMonitoringPoint)) return this.#requestLine(point, stamp);
    if (isExactly(point, RequestErrorMonitoringPoint)) return this.#errorLine(point, stamp);
    if (isExactly(point, WSRequestPoint)) return this.#sendLine(point, stamp);
    if (isExactly(point, SubscribeRedisPoint)) return this.#messageLine(point, stamp);
    return isExactly(point, ErrorPoint) ? this.#subscriptionErrorLine(point, stamp) : undefined;
  }

  /** @returns series and tags with what follows them, or `undefined` where they have to be written the general way */
  headOf(point: BaseMonitoringPoint): string | undefined {
    if (isExactly(point, RequestMonitoringPoint) && !hasKeys(point.additionalTags)) {
      const { method, resource, service, statusCode } = point;
      return this.#requests.find(point, resource, method, statusCode, service, undefined);
    }
    if (isExactly(point, WSRequestPoint)) return this.#sends.findOfSend(point);
    if (!isExactly(point, SubscribeRedisPoint)) return undefined;
    return this.#messages.find(point, point.channel, point.service, undefined, undefined, undefined);
  }

  /**
   * The same for an id that is new: a message's, which its sends have then. It is a piece of a payload, and V8 compares two
   * of those in 1,000 instructions, where looking through it takes 400.
   */
  #newRequestIdText(requestId: string): string {
    this.#lastRequestId = requestId;
    this.#lastRequestIdText = escapeString(requestId);
    return this.#lastRequestIdText;
  }

  /** A failed request has two points, a broadcast as many as sockets: their one id is looked through once, 45 ns. */
  #requestIdText(requestId: string): string {
    return requestId === this.#lastRequestId ? this.#lastRequestIdText : this.#newRequestIdText(requestId);
  }

  #requestLine(point: RequestMonitoringPoint, stamp: string): string | undefined {
    const { requestId, executionTime } = point;
    if (requestId !== undefined && typeof requestId !== 'string') return undefined;
    if (!isUsual(executionTime)) return undefined;
    if (hasKeys(point.additionalTags) || hasKeys(point.additionalFields)) return undefined;
    const { method, resource, service, statusCode } = point;
    if (requestId === undefined) {
      const head = this.#requestsWithoutId.find(point, resource, method, statusCode, service, undefined);
      return `${head}${EXECUTION_TIME_ALONE.write(executionTime)}${stamp}`;
    }
    const head = this.#requests.find(point, resource, method, statusCode, service, undefined);
    return `${head}${this.#requestIdText(requestId)}${EXECUTION_TIME.write(executionTime)}${stamp}`;
  }

  #errorLine(point: RequestErrorMonitoringPoint, stamp: string): string | undefined {
    const { requestId } = point;
    if (typeof requestId !== 'string') return undefined;
    if (hasKeys(point.additionalTags) || hasKeys(point.additionalFields)) return undefined;
    const { errorCode, method, resource, service, statusCode } = point;
    const head = this.#errors.find(point, resource, method, statusCode, service, errorCode);
    return `${head}${this.#requestIdText(requestId)}" ${stamp}`;
  }

  #sendLine(point: WSRequestPoint, stamp: string): string | undefined {
    const { requestId, transportTime } = point;
    if (typeof requestId !== 'string' || !isUsual(transportTime)) return undefined;
    if (hasKeys(point.additionalFields)) return undefined;
    return `${this.#sends.findOfSend(point)}${this.#sendText(requestId, transportTime)}${stamp}`;
  }

  /** The sends of a broadcast have one id, and those that end in a row one duration. */
  #sendText(requestId: string, transportTime: number): string {
    if (transportTime !== this.#lastTransportTime || requestId !== this.#lastSendId) {
      this.#lastTransportTime = transportTime;
      this.#lastSendId = requestId;
      this.#lastSendText = this.#requestIdText(requestId) + TRANSPORT_TIME.write(transportTime);
    }
    return this.#lastSendText;
  }

  #messageLine(point: SubscribeRedisPoint, stamp: string): string | undefined {
    const { requestId } = point;
    if (typeof requestId !== 'string' || hasKeys(point.additionalFields)) return undefined;
    const head = this.#messages.find(point, point.channel, point.service, undefined, undefined, undefined);
    return `${head}${this.#newRequestIdText(requestId)}" ${stamp}`;
  }

  #subscriptionErrorLine(point: ErrorPoint, stamp: string): string | undefined {
    const { count } = point;
    if (!(count >= 0 && count <= MAX_COUNT)) return undefined;
    if (hasKeys(point.additionalTags) || hasKeys(point.additionalFields)) return undefined;
    const head = this.#subscriptionErrors.find(point, point.errorCode, point.service, undefined, undefined, undefined);
    return `${head}${String(Math.trunc(count))}i ${stamp}`;
  }
}

function createShapes(): BaseMonitoringPoint[] {
  // Fractions, since V8 tells fields apart that have only held small whole numbers.
  const request = { requestId: '', resource: '', method: '', requestTime: 0.5, service: '', statusCode: 0 };
  const sender = { eventTime: 0.5, requestId: '' };
  return [
    new RequestMonitoringPoint({ ...request, executionTime: 0.5 }),
    new RequestErrorMonitoringPoint({ ...request, errorCode: 0 }),
    new WSRequestPoint({ ...sender, transportTime: 0.5, accountId: '' }),
    new SubscribeRedisPoint({ ...sender, channel: '' }),
    new ErrorPoint({ eventTime: 0.5, errorCode: 0 }),
  ];
}

/** A point of a derived class may have other tags and fields: it is not of the class exactly. */
export function isExactly<Point extends BaseMonitoringPoint>(
  point: BaseMonitoringPoint,
  exactClass: new (init: never) => Point,
): point is Point {
  return point.constructor === exactClass;
}

function isUsual(seconds: number): boolean {
  return seconds >= 0 && seconds < MAX_SECONDS;
}

function hasKeys(data: Tags | Fields | undefined): boolean {
  if (data === undefined) return false;
  // Object.keys would make an array: 5 ns against 17 ns. An inherited key only costs the general way.
  for (const _ in data) return true;
  return false;
}
