import { ErrorPoint, WSRequestPoint, type BaseMonitoring, type MessageContext } from '@influx-monitoring/core';
import { guardQuestion, isTooOld, markRecorded, sampleRateOf, type HeadKeeper } from '@influx-monitoring/core/internal';
import {
  DEFAULT_GAUGE_PERIOD_SECONDS,
  DEFAULT_SLOW_SECONDS,
  monitoringOf,
  type WrapSocketOptions,
} from '../options.ts';
import { OPTION_THREW } from '../counters.ts';
import { BegunSend, type SendRecorder } from './begun-send.ts';
import { isInBurst } from './end-time.ts';

/** LUNA's "Failed to publish message to ws". */
export const SEND_FAILED_ERROR_CODE = 29004;

/** How sends are recorded for one monitoring: what sockets share. */
export class SendSettings implements SendRecorder {
  readonly monitoring: BaseMonitoring;
  /** How often stuck sockets are reported; `undefined` where they are not. */
  readonly gaugePeriodSeconds: number | undefined;
  /** Counts a callback of the user's that failed. */
  readonly countFailure: () => void;
  readonly #requestId: WrapSocketOptions['requestId'];
  readonly #sampleRate: number;
  readonly #slowSeconds: number;
  /** What `sharedSend` gave last: one message is kept by that, until the next. */
  #lastSend: BegunSend | undefined;

  constructor(monitoring: BaseMonitoring, options: Omit<WrapSocketOptions, 'accountId'>) {
    this.monitoring = monitoring;
    this.gaugePeriodSeconds =
      options.gauges === true ? (options.gaugePeriodSeconds ?? DEFAULT_GAUGE_PERIOD_SECONDS) : undefined;
    this.countFailure = () => {
      monitoring.countEvent(OPTION_THREW);
    };
    const { requestId } = options;
    this.#requestId = typeof requestId === 'function' ? guardQuestion(requestId, this.countFailure) : requestId;
    this.#sampleRate = sampleRateOf(monitoring, WSRequestPoint.series, options.sampleRate ?? 1);
    this.#slowSeconds = options.slowSeconds ?? DEFAULT_SLOW_SECONDS;
  }

  /** Request id of a send: the option's, else the message's. It never throws. */
  requestId(socket: object, message: MessageContext): string {
    const option = this.#requestId;
    if (option === undefined) return message.requestId;
    const requestId: unknown = typeof option === 'function' ? option(socket, message) : option;
    return typeof requestId === 'string' && requestId !== '' ? requestId : message.requestId;
  }

  /** A send without a gauge that begins: one for all of a broadcast to the sockets of one account. */
  sharedSend(keeper: HeadKeeper, accountId: string, message: MessageContext, requestId: string): BegunSend {
    const beganInBurst = isInBurst();
    const last = this.#lastSend;
    if (
      last !== undefined &&
      last.message === message &&
      last.accountId === accountId &&
      last.requestId === requestId &&
      last.beganInBurst === beganInBurst
    ) {
      return last;
    }
    this.#lastSend = new BegunSend({
      accountId,
      beganInBurst,
      gauge: undefined,
      keeper,
      message,
      requestId,
      recorder: this,
    });
    return this.#lastSend;
  }

  /** Records a send that the kernel took, at a time of `performance.now()`. */
  recordTransport({ accountId, gauge, keeper, message, requestId }: BegunSend, endMs: number): void {
    const { monitoring } = this;
    const transportTime = (endMs - message.receivedAtMs) / 1000;
    let additionalFields = gauge?.fields;
    if (this.#sampleRate < 1) {
      const isSampled = transportTime < this.#slowSeconds;
      if (isSampled && Math.random() >= this.#sampleRate) return;
      additionalFields = { ...additionalFields, sample_rate: isSampled ? this.#sampleRate : 1 };
    }
    monitoring.addPoints([
      new WSRequestPoint({
        eventTime: message.receivedAt,
        transportTime,
        accountId,
        requestId,
        service: monitoring.service,
        additionalFields,
        keeper,
      }),
    ]);
  }

  /** Records a send that failed; who meets its error later (a listener that awaited it) records no second fault. */
  recordFailure(error: unknown): void {
    const { monitoring } = this;
    markRecorded(error, monitoring);
    monitoring.addPoints([
      new ErrorPoint({ eventTime: monitoring.now(), errorCode: SEND_FAILED_ERROR_CODE, service: monitoring.service }),
    ]);
  }
}

/** The settings of sockets that are wrapped with nothing but an account: there may be many, and they share one. */
const plainSettings = new WeakMap<BaseMonitoring, SendSettings>();

/** The settings that a socket's options come to. */
export function sendSettingsOf(options: WrapSocketOptions): SendSettings {
  const monitoring = monitoringOf(options);
  if (!isPlain(options)) return new SendSettings(monitoring, options);
  let settings = plainSettings.get(monitoring);
  if (settings === undefined) {
    settings = new SendSettings(monitoring, {});
    plainSettings.set(monitoring, settings);
  }
  return settings;
}

function isPlain({ gauges, requestId, sampleRate }: WrapSocketOptions): boolean {
  return gauges !== true && requestId === undefined && sampleRate === undefined;
}

/** What was found young within the turn of the event loop that runs now. */
let youngMessage: MessageContext | undefined;
let youngMonitoring: BaseMonitoring | undefined;

const RESOLVED = Promise.resolve();

/**
 * Whether a send now is an answer to a message: the message is not too old for the monitoring. The sends of a broadcast
 * ask for one and the same within one turn: the clock is looked at once.
 */
export function isAnswer(message: MessageContext, monitoring: BaseMonitoring): boolean {
  if (message === youngMessage && monitoring === youngMonitoring) return true;
  if (isTooOld(message, monitoring)) return false;
  if (youngMessage === undefined) void RESOLVED.then(forgetYoung);
  youngMessage = message;
  youngMonitoring = monitoring;
  return true;
}

function forgetYoung(): void {
  youngMessage = undefined;
  youngMonitoring = undefined;
}
