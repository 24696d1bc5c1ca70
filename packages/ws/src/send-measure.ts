import {
  ErrorPoint,
  WSRequestPoint,
  type BaseLunaMonitoring,
  type Fields,
  type MessageContext,
} from '@influx-monitoring/core';
import { countBegin, endOfSendMs, isInBurst } from './end-clock.ts';
import { SendGauge } from './gauges.ts';
import { monitoringOf, type WrapSocketOptions } from './options.ts';

/** LUNA's "Failed to publish message to ws". */
export const SEND_FAILED_ERROR_CODE = 29004;

/** What stands where there is no account. */
export const NO_ACCOUNT = 'none';

/** In `stats().counters`: sends that no Redis message is known to have caused. */
export const WITHOUT_CONTEXT = 'ws_send_without_context';

/** In `stats().counters`: how often `accountId` or `requestId` threw. */
export const OPTION_THREW = 'ws_option_threw';

/** What a send is over with: nothing, or why it failed. */
export type SendCallback = (error?: Error | null) => void;

/** What ws calls when a send is over; the arguments go on to the user's callback as they are. */
export type WsCallback = (this: unknown, ...args: unknown[]) => void;

/**
 * What is known of one socket. There is one for each, so it holds no closure and nothing that sockets could share.
 */
export class SocketMeasure {
  readonly monitoring: BaseLunaMonitoring;
  readonly gauge: SendGauge | undefined;
  readonly #accountId: WrapSocketOptions['accountId'];
  readonly #requestId: WrapSocketOptions['requestId'];

  constructor(socket: object, options: WrapSocketOptions) {
    this.monitoring = monitoringOf(options);
    this.#accountId = options.accountId;
    this.#requestId = options.requestId;
    this.gauge = options.gauges === true ? new SendGauge(socket, this, options.gaugePeriodSeconds) : undefined;
  }

  /** Says that a measured send began, once ws took it. */
  countBegin(): void {
    countBegin();
    this.gauge?.begin();
  }

  /** Account of a socket, `none` where there is none. It never throws. */
  accountId(socket: object): string {
    if (typeof this.#accountId !== 'function') return textOr(this.#accountId, NO_ACCOUNT);
    try {
      return textOr(this.#accountId(socket), NO_ACCOUNT);
    } catch {
      this.monitoring.countEvent(OPTION_THREW);
      return NO_ACCOUNT;
    }
  }

  /** Request id of a send: the option's, else the message's. It never throws. */
  requestId(socket: object, message: MessageContext): string {
    if (typeof this.#requestId !== 'function') return textOr(this.#requestId, message.requestId);
    try {
      return textOr(this.#requestId(socket, message), message.requestId);
    } catch {
      this.monitoring.countEvent(OPTION_THREW);
      return message.requestId;
    }
  }

  /**
   * Measures a send in answer to a message, from the message's arrival on.
   *
   * @returns what to give to ws as callback; it calls the user's with its own `this` and arguments
   */
  measureSend(socket: object, message: MessageContext, userCallback: WsCallback | undefined): WsCallback {
    const accountId = this.accountId(socket);
    const requestId = this.requestId(socket, message);
    const { gauge, monitoring } = this;
    const beganInBurst = isInBurst();
    return function sendIsOver(this: unknown, ...args: unknown[]): void {
      const endMs = endOfSendMs(beganInBurst);
      gauge?.end();
      if (args[0] === undefined || args[0] === null) {
        recordTransport(monitoring, { message, endMs, accountId, requestId, additionalFields: gauge?.fields });
      } else recordFailedSend(monitoring);
      // Last, and not guarded: what the user's callback throws is the user's, as it was.
      userCallback?.apply(this, args);
    };
  }
}

interface EndedSend {
  readonly message: MessageContext;
  readonly endMs: number;
  readonly accountId: string;
  readonly requestId: string;
  readonly additionalFields: Fields | undefined;
}

function recordTransport(
  monitoring: BaseLunaMonitoring,
  { message, endMs, accountId, requestId, additionalFields }: EndedSend,
): void {
  monitoring.addPoints([
    new WSRequestPoint({
      eventTime: message.receivedAt,
      transportTime: (endMs - message.receivedAtMs) / 1000,
      accountId,
      requestId,
      service: monitoring.service,
      additionalFields,
    }),
  ]);
}

function recordFailedSend(monitoring: BaseLunaMonitoring): void {
  monitoring.addPoints([
    new ErrorPoint({ eventTime: monitoring.now(), errorCode: SEND_FAILED_ERROR_CODE, service: monitoring.service }),
  ]);
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback;
}
