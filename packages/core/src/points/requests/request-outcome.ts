import { METHODS } from 'node:http';
import type { Fields } from '../base-point.ts';
import { checkedCode, type ErrorCode } from '../error-code.ts';
import { mergeReadable } from '../readable-data.ts';
import type { RequestData } from './request-data.ts';
import {
  RequestErrorMonitoringPoint,
  RequestMonitoringPoint,
  type AdditionalData,
  type BaseRequestMonitoringPoint,
} from '../request-points.ts';

/** The resource of a request that nothing answered, and of a handshake at no known path. */
export const UNMATCHED = 'unmatched';

/** The status of what did not finish: what nginx logs for a client that went before its answer. */
export const STATUS_NOT_FINISHED = 499;

const FIRST_FAILED_STATUS = 400;

/** HTTP/2 takes any token for a method, so an unknown one must not become a tag. */
const KNOWN_METHODS = new Set(METHODS);
const OTHER_METHOD = 'OTHER';

/** How a request or handshake ended. Its additional tags and fields lie under those of its data. */
export interface RequestOutcome extends AdditionalData {
  readonly data: RequestData;
  /** In seconds; it is rounded to microseconds. */
  readonly executionTime: number;
  /** False leaves `request_id` out of the point of `requests`; that of `errors` always has it. @defaultValue true */
  readonly hasRequestId?: boolean | undefined;
  readonly method: string;
  /** Fields that an option of ours asks for: they lie over all others. */
  readonly ownFields?: Fields | undefined;
  /** When it began, in seconds since the epoch. */
  readonly requestTime: number;
  readonly resource: string;
  readonly service: string;
  /** The one that `statusOf` gives. */
  readonly statusCode: number;
  /** Asked where the request failed and its data has no code; without a code the status is the code. It must not throw. */
  errorCode(): ErrorCode | undefined;
  /** Told of each tag or field that could not be read; it must not throw. */
  onUnreadable(): void;
}

/** The status that a request is recorded with: the one that went over the wire, or 499 where it did not finish. */
export function statusOf(isFinished: boolean, statusCode: number): number {
  return isFinished ? statusCode : STATUS_NOT_FINISHED;
}

/** Whether a status makes a point of `errors` too. */
export function isFailedStatus(statusCode: number): boolean {
  return statusCode >= FIRST_FAILED_STATUS;
}

/** The points of a request or handshake: one of `requests`, and one of `errors` where it failed. */
export function pointsOfRequest(outcome: RequestOutcome): BaseRequestMonitoringPoint[] {
  const { data, executionTime, method, ownFields, requestTime, resource, service, statusCode } = outcome;
  const onUnreadable = (): void => {
    outcome.onUnreadable();
  };
  const init = {
    // Ours first, so that they have room, and last, so that they have their values.
    additionalFields: mergeReadable(onUnreadable, ownFields, outcome.additionalFields, data.fields, ownFields),
    additionalTags: mergeReadable(onUnreadable, outcome.additionalTags, data.tags),
    executionTime,
    method: KNOWN_METHODS.has(method) ? method : OTHER_METHOD,
    requestId: data.requestId,
    requestTime,
    resource,
    service,
    statusCode,
  };
  const requestInit = outcome.hasRequestId === false ? { ...init, requestId: undefined } : init;
  const points: BaseRequestMonitoringPoint[] = [new RequestMonitoringPoint(requestInit)];
  if (isFailedStatus(statusCode)) {
    const errorCode = checkedCode(data.errorCode) ?? outcome.errorCode() ?? statusCode;
    points.push(new RequestErrorMonitoringPoint({ ...init, errorCode }));
  }
  return points;
}
