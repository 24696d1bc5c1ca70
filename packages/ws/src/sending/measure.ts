import type { BaseMonitoring, MessageContext } from '@influx-monitoring/core';
import { callAsCarried, guardQuestion, type HeadKeeper } from '@influx-monitoring/core/internal';
import type { WrapSocketOptions } from '../options.ts';
import { checkedAccount } from './account.ts';
import { BegunSend } from './begun-send.ts';
import { countBegin, isInBurst } from './end-time.ts';
import { SendGauge } from './stuck-sockets.ts';
import type { SendSettings } from './settings.ts';

/** What a send is over with: nothing, or why it failed. */
export type SendCallback = (error?: Error | null) => void;

/** What ws calls when a send is over; the arguments go on to the user's callback as they are. */
export type WsCallback = (this: unknown, ...args: unknown[]) => void;

/**
 * One monitoring's view of one socket. There is one for each socket, so it holds no closure and nothing that sockets
 * could share.
 */
export class SocketMeasure implements HeadKeeper {
  readonly settings: SendSettings;
  readonly gauge: SendGauge | undefined;
  /** That of the next monitoring, in a list: there is nearly always one. */
  next: SocketMeasure | undefined;
  keptBy: object | undefined;
  keptAccountId: string;
  keptService: string;
  keptText: string;
  readonly #accountId: string | ((socket: object) => unknown);

  constructor(socket: object, settings: SendSettings, accountId: WrapSocketOptions['accountId']) {
    this.settings = settings;
    this.#accountId =
      typeof accountId === 'function' ? guardQuestion(accountId, settings.countFailure) : checkedAccount(accountId);
    this.gauge =
      settings.gaugePeriodSeconds === undefined ? undefined : new SendGauge(socket, this, settings.gaugePeriodSeconds);
    this.next = undefined;
    this.keptBy = undefined;
    this.keptAccountId = '';
    this.keptService = '';
    this.keptText = '';
  }

  get monitoring(): BaseMonitoring {
    return this.settings.monitoring;
  }

  /** Account of the socket's client, `none` where there is none. It never throws. */
  accountId(socket: object): string {
    const accountId = this.#accountId;
    return typeof accountId === 'string' ? accountId : checkedAccount(accountId(socket));
  }

  /** Says that a measured send began, once ws took it. */
  countBegin(): void {
    countBegin();
    this.gauge?.begin();
  }

  /**
   * A send in answer to a message that begins now; its time runs from the message's arrival on.
   *
   * @param isShared - whether other sends may have the same
   */
  beginSend(socket: object, message: MessageContext, isShared: boolean): BegunSend {
    const { gauge, settings } = this;
    const accountId = this.accountId(socket);
    const requestId = settings.requestId(socket, message);
    if (isShared && gauge === undefined) return settings.sharedSend(this, accountId, message, requestId);
    return new BegunSend({
      accountId,
      beganInBurst: isInBurst(),
      gauge,
      keeper: this,
      message,
      recorder: settings,
      requestId,
    });
  }
}

/**
 * What to give to ws as callback of a send that is measured.
 *
 * @param then - what is called when the send is over, with its own `this` and arguments
 */
export function callbackOf({ callback: end }: BegunSend, then: WsCallback | undefined): WsCallback {
  if (then === undefined) return end;
  return function sendIsOver(this: unknown, ...args: unknown[]): void {
    end(args[0]);
    // Last, and not guarded: what the user's callback throws is the user's, as it was.
    then.apply(this, args);
  };
}

/**
 * A callback of the user's that runs in the context of its send. ws calls back in whatever context it has: that of the
 * compressor, which is the one of the socket's first message, or of the send that a full buffer waited for.
 *
 * @param message - what the send was made in; `undefined` runs the callback outside any message
 */
export function inContextOfSend(
  callback: WsCallback,
  message: MessageContext | undefined,
  wasSynchronous: boolean,
): WsCallback {
  return function sendIsOver(this: unknown, ...args: unknown[]): void {
    callAsCarried(message, wasSynchronous, () => {
      callback.apply(this, args);
    });
  };
}
