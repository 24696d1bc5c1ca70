import type { MessageContext } from '@influx-monitoring/core';
import type { HeadKeeper } from '@influx-monitoring/core/internal';
import { endOfSendMs } from './end-time.ts';
import type { SendGauge } from './stuck-sockets.ts';

/** Called when a send is over, with the error if there is one. */
type SendIsOver = (error: unknown) => void;

/** Who records how a send ended. */
export interface SendRecorder {
  recordTransport(send: BegunSend, endMs: number): void;
  recordFailure(error: unknown): void;
}

/** What a send is begun with. */
export interface BegunSendInit {
  readonly accountId: string;
  /** What `isInBurst` said then. */
  readonly beganInBurst: boolean;
  /** The socket's, where gauges are asked for. */
  readonly gauge: SendGauge | undefined;
  /** The socket's, or that of another of the same account. */
  readonly keeper: HeadKeeper;
  readonly message: MessageContext;
  readonly requestId: string;
  readonly recorder: SendRecorder;
}

/**
 * A send that began, as its point will tell it. Without a gauge it knows no socket, so the sends of a broadcast to the
 * sockets of one account share it, unless they have callbacks of the user's: it may end many times.
 */
export class BegunSend {
  readonly accountId: string;
  readonly beganInBurst: boolean;
  readonly gauge: SendGauge | undefined;
  readonly keeper: HeadKeeper;
  readonly message: MessageContext;
  readonly requestId: string;
  readonly recorder: SendRecorder;
  /** When the kernel took the bytes, in milliseconds of `performance.now()`, where that was before the callback. */
  takenMs: number | undefined;
  #callback: SendIsOver | undefined;

  constructor(init: BegunSendInit) {
    this.accountId = init.accountId;
    this.beganInBurst = init.beganInBurst;
    this.gauge = init.gauge;
    this.keeper = init.keeper;
    this.message = init.message;
    this.requestId = init.requestId;
    this.recorder = init.recorder;
    this.takenMs = undefined;
  }

  /** What to call when the send is over, as ws does: with the error if there is one. */
  get callback(): SendIsOver {
    this.#callback ??= (error) => {
      const endMs = this.takenMs ?? endOfSendMs(this.beganInBurst);
      this.gauge?.end();
      if (error === undefined || error === null) this.recorder.recordTransport(this, endMs);
      else this.recorder.recordFailure(error);
    };
    return this.#callback;
  }
}
