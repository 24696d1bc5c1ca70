import { BaseMonitoringPoint, roundToMicroseconds, standardFirst, type Fields, type Tags } from './base-point.ts';

/**
 * What every point of a request is made from.
 *
 * @category Points
 */
export interface BaseRequestMonitoringPointInit {
  /** `undefined` leaves the field out. */
  readonly requestId: string | undefined;
  /** The resource as the application registered it, as in `/api/users/:id`; never a raw URL. */
  readonly resource: string;
  readonly method: string;
  /** When the request began: seconds since the epoch, or a Date. */
  readonly requestTime: Date | number;
  readonly service: string;
  /** HTTP status; 499 where the response did not finish. */
  readonly statusCode: number;
}

/**
 * What an additional tag or field is given by, where the source allows them.
 *
 * @category Points
 */
export interface AdditionalData {
  /** More tags; those of the standard names are ignored. */
  readonly additionalTags?: Tags | undefined;
  /** More fields; those of the standard names are ignored. */
  readonly additionalFields?: Fields | undefined;
}

/**
 * What `RequestMonitoringPoint` is made from.
 *
 * @category Points
 */
export interface RequestMonitoringPointInit extends BaseRequestMonitoringPointInit, AdditionalData {
  /** How long the request took, in seconds. */
  readonly executionTime: number;
}

/**
 * What `RequestErrorMonitoringPoint` is made from.
 *
 * @category Points
 */
export interface RequestErrorMonitoringPointInit extends BaseRequestMonitoringPointInit, AdditionalData {
  readonly requestId: string;
  /** LUNA's code of the error, or the HTTP status where there is none. */
  readonly errorCode: number | string;
}

/**
 * Joins a method and a resource to a request's route.
 *
 * @category Points
 * @param resource - the resource, as in `/version`
 * @param method - the HTTP method, as in `GET`
 * @returns the route, as in `GET:/version`
 *
 * @example
 * ```ts
 * import { getRoute } from '@influx-monitoring/core';
 *
 * console.log(getRoute('/version', 'GET')); // GET:/version
 * ```
 */
export function getRoute(resource: string, method: string): string {
  return `${method}:${resource}`;
}

/**
 * What the points of a request share: the tags `route`, `service`, `status_code` and the field `request_id`.
 *
 * @category Points
 */
export abstract class BaseRequestMonitoringPoint extends BaseMonitoringPoint {
  declare readonly requestId: string | undefined;
  declare readonly resource: string;
  declare readonly method: string;
  declare readonly service: string;
  declare readonly statusCode: number;

  constructor(init: BaseRequestMonitoringPointInit) {
    super({ eventTime: init.requestTime });
    this.requestId = init.requestId;
    this.resource = init.resource;
    this.method = init.method;
    this.service = init.service;
    this.statusCode = init.statusCode;
  }

  /** Method and resource, as in `GET:/version`. */
  get route(): string {
    return getRoute(this.resource, this.method);
  }

  /** When the request began, in seconds since the epoch. */
  get requestTime(): number {
    return this.eventTime;
  }

  get tags(): Tags {
    return { route: this.route, service: this.service, status_code: this.statusCode };
  }

  get fields(): Fields {
    return { request_id: this.requestId };
  }
}

/**
 * One request, with the time it took: series `requests`.
 *
 * @category Points
 */
export class RequestMonitoringPoint extends BaseRequestMonitoringPoint {
  static readonly series = 'requests';

  declare readonly series: 'requests';
  /** How long the request took, in seconds. */
  declare readonly executionTime: number;
  declare readonly additionalTags: Tags | undefined;
  declare readonly additionalFields: Fields | undefined;

  constructor(init: RequestMonitoringPointInit) {
    super(init);
    this.series = RequestMonitoringPoint.series;
    this.executionTime = init.executionTime;
    this.additionalTags = init.additionalTags;
    this.additionalFields = init.additionalFields;
  }

  override get tags(): Tags {
    return standardFirst(super.tags, this.additionalTags);
  }

  override get fields(): Fields {
    const standard = { request_id: this.requestId, execution_time: roundToMicroseconds(this.executionTime) };
    return standardFirst<Fields>(standard, this.additionalFields);
  }
}

/**
 * One failed request, with the code of its error: series `errors`.
 *
 * @category Points
 */
export class RequestErrorMonitoringPoint extends BaseRequestMonitoringPoint {
  static readonly series = 'errors';

  declare readonly series: 'errors';
  /** LUNA's code of the error, or the HTTP status where there is none. */
  declare readonly errorCode: number | string;
  declare readonly additionalTags: Tags | undefined;
  declare readonly additionalFields: Fields | undefined;

  constructor(init: RequestErrorMonitoringPointInit) {
    super(init);
    this.series = RequestErrorMonitoringPoint.series;
    this.errorCode = init.errorCode;
    this.additionalTags = init.additionalTags;
    this.additionalFields = init.additionalFields;
  }

  override get tags(): Tags {
    return standardFirst<Tags>({ error_code: this.errorCode, ...super.tags }, this.additionalTags);
  }

  override get fields(): Fields {
    return standardFirst(super.fields, this.additionalFields);
  }
}
