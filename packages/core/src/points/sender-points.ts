import {
  BaseMonitoringPoint,
  DEFAULT_SERVICE,
  roundToMicroseconds,
  standardFirst,
  type BaseMonitoringPointInit,
  type Fields,
  type Tags,
} from './base-point.ts';
import type { AdditionalData } from './request-points.ts';

/**
 * What every point of the way from Redis to a WebSocket is made from.
 *
 * @category Points
 */
export interface BaseSenderMonitoringPointInit extends BaseMonitoringPointInit {
  /** @defaultValue `luna-sender` */
  readonly service?: string | undefined;
}

/**
 * What `ErrorPoint` is made from.
 *
 * @category Points
 */
export interface ErrorPointInit extends BaseSenderMonitoringPointInit, AdditionalData {
  /** LUNA's code of the error; `1` where it is unknown. */
  readonly errorCode: number | string;
  /** How many equal errors this point stands for. @defaultValue 1 */
  readonly count?: number | undefined;
}

/**
 * What `SubscribeRedisPoint` is made from.
 *
 * @category Points
 */
export interface SubscribeRedisPointInit extends BaseSenderMonitoringPointInit {
  readonly requestId: string;
  /** The Redis channel, as in `luna-sender:{account_id}`. */
  readonly channel: string;
  /** More fields; those of the standard names are ignored. */
  readonly additionalFields?: Fields | undefined;
}

/**
 * What `WSRequestPoint` is made from.
 *
 * @category Points
 */
export interface WSRequestPointInit extends BaseSenderMonitoringPointInit {
  readonly requestId: string;
  /** Seconds from the Redis message's arrival to the end of the send. */
  readonly transportTime: number;
  /** `none` where there is none. */
  readonly accountId: string;
  /** More fields; those of the standard names are ignored. */
  readonly additionalFields?: Fields | undefined;
  /** @internal */
  readonly keeper?: HeadKeeper | undefined;
}

/**
 * Keeps what the lines of its points begin with. A broadcast to thousands of accounts looks up as many, and each look-up is
 * half a dozen accesses to memory that no cache has: 1.6 of 5.7 µs a send.
 */
export interface HeadKeeper {
  /** Who looked it up; nobody else may use it. */
  keptBy: object | undefined;
  keptAccountId: string;
  keptService: string;
  keptText: string;
}

/**
 * What the points of the way from Redis to a WebSocket share: the tag `service`.
 *
 * @category Points
 */
export abstract class BaseSenderMonitoringPoint extends BaseMonitoringPoint {
  declare readonly service: string;

  constructor(init: BaseSenderMonitoringPointInit) {
    super(init);
    this.service = init.service ?? DEFAULT_SERVICE;
  }

  get tags(): Tags {
    return { service: this.service };
  }
}

/**
 * Errors of subscribing, of a listener, of the connection or of a send: series `subscription_error`.
 *
 * @category Points
 */
export class ErrorPoint extends BaseSenderMonitoringPoint {
  static readonly series = 'subscription_error';

  declare readonly series: 'subscription_error';
  declare readonly errorCode: number | string;
  /** How many equal errors this point stands for. */
  declare readonly count: number;
  declare readonly additionalTags: Tags | undefined;
  declare readonly additionalFields: Fields | undefined;

  constructor(init: ErrorPointInit) {
    super(init);
    this.series = ErrorPoint.series;
    this.errorCode = init.errorCode;
    this.count = init.count ?? 1;
    this.additionalTags = init.additionalTags;
    this.additionalFields = init.additionalFields;
  }

  override get tags(): Tags {
    return standardFirst<Tags>({ error_code: this.errorCode, service: this.service }, this.additionalTags);
  }

  /** LUNA's series has no field; a point in InfluxDB needs one, so it counts. */
  get fields(): Fields {
    // BigInt() throws for what is no whole number.
    const count = Number.isFinite(this.count) ? Math.trunc(this.count) : 1;
    return standardFirst<Fields>({ count: BigInt(count) }, this.additionalFields);
  }
}

/**
 * One message that a subscriber received: series `redis_message`.
 *
 * @category Points
 */
export class SubscribeRedisPoint extends BaseSenderMonitoringPoint {
  static readonly series = 'redis_message';

  declare readonly series: 'redis_message';
  declare readonly requestId: string;
  /** The Redis channel. The tag is spelled `chanel`, as LUNA's dashboards expect. */
  declare readonly channel: string;
  declare readonly additionalFields: Fields | undefined;

  constructor(init: SubscribeRedisPointInit) {
    super(init);
    this.series = SubscribeRedisPoint.series;
    this.requestId = init.requestId;
    this.channel = init.channel;
    this.additionalFields = init.additionalFields;
  }

  override get tags(): Tags {
    return { chanel: this.channel, service: this.service };
  }

  get fields(): Fields {
    return standardFirst<Fields>({ request_id: this.requestId }, this.additionalFields);
  }
}

/**
 * One message handed to a WebSocket client in answer to a Redis message: series `ws_requests`.
 *
 * @category Points
 */
export class WSRequestPoint extends BaseSenderMonitoringPoint {
  static readonly series = 'ws_requests';

  declare readonly series: 'ws_requests';
  declare readonly requestId: string;
  /** Seconds from the Redis message's arrival to the end of the send. */
  declare readonly transportTime: number;
  declare readonly accountId: string;
  declare readonly additionalFields: Fields | undefined;
  /** @internal */
  declare readonly keeper: HeadKeeper | undefined;

  constructor(init: WSRequestPointInit) {
    super(init);
    this.series = WSRequestPoint.series;
    this.requestId = init.requestId;
    this.transportTime = init.transportTime;
    this.accountId = init.accountId;
    this.additionalFields = init.additionalFields;
    this.keeper = init.keeper;
  }

  override get tags(): Tags {
    return { account_id: this.accountId, service: this.service };
  }

  get fields(): Fields {
    const standard = { request_id: this.requestId, transport_time: roundToMicroseconds(this.transportTime) };
    return standardFirst<Fields>(standard, this.additionalFields);
  }
}
