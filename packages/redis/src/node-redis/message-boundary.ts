import type { MessageContext } from '@influx-monitoring/core';
import type { HiddenListener } from './hidden-listeners.ts';

/** Who is told of the messages that a boundary tells apart. */
export interface Messages {
  /** A message arrives. */
  arrive(message: unknown, channel: unknown): MessageContext;
  /** All listeners of a message were called. */
  close(context: MessageContext): void;
}

/**
 * Tells where one message of a sentinel's hidden client ends and the next begins.
 *
 * The client only calls listeners: for each message those of one key, one after the other, first all in buffer mode
 * with one and the same Buffer, then the others with one and the same text. So a call belongs to another message where
 * the channel or the payload is another, where a buffer follows a text, where this listener had the message already,
 * or where it shares no pattern with the first one. And a packet is read in one go: a microtask ends the last message.
 *
 * (Only 5.12 and later say on a diagnostics channel that a message came, and then for every client of the process.)
 */
export class MessageBoundary {
  readonly #messages: Messages;
  readonly #expire = (): void => {
    this.#isExpiring = false;
    this.end();
  };
  #isExpiring = false;
  #context: MessageContext | undefined;
  #first: HiddenListener | undefined;
  /** Goes up with each message, so that a listener knows by a number whether it had this one. */
  #number = 0;
  #buffer: unknown;
  #text: unknown;
  #isTextPhase = false;

  constructor(messages: Messages) {
    this.#messages = messages;
  }

  /** The context of the message that a listener is called with: that of the last call where it is the same one. */
  contextOf(listener: HiddenListener, message: unknown, channel: unknown): MessageContext {
    const current = this.#context;
    const context =
      current !== undefined && this.#isSame(current, listener, message, channel)
        ? current
        : this.#begin(listener, message, channel);
    listener.messageNumber = this.#number;
    if (listener.isBuffer) {
      this.#buffer = message;
    } else {
      this.#text = message;
      this.#isTextPhase = true;
    }
    return context;
  }

  #isSame(current: MessageContext, listener: HiddenListener, message: unknown, channel: unknown): boolean {
    if (listener.messageNumber === this.#number) return false;
    const first = this.#first;
    if (first === undefined || first.kind !== listener.kind || !mayShareKey(first, listener)) return false;
    if (listener.isBuffer) return !this.#isTextPhase && message === this.#buffer;
    return channel === current.channel && (!this.#isTextPhase || message === this.#text);
  }

  #begin(listener: HiddenListener, message: unknown, channel: unknown): MessageContext {
    this.end();
    if (!this.#isExpiring) {
      this.#isExpiring = true;
      queueMicrotask(this.#expire);
    }
    this.#number += 1;
    this.#first = listener;
    return (this.#context = this.#messages.arrive(message, channel));
  }

  /** Ends the message: whatever comes is another one. */
  end(): void {
    if (this.#context === undefined) return;
    this.#messages.close(this.#context);
    // A payload of megabytes must not live until the next message.
    this.#context = this.#first = this.#buffer = this.#text = undefined;
    this.#isTextPhase = false;
  }
}

/** Whether one message can have reached both: unless the patterns of both are known and no pattern is in both. */
function mayShareKey(first: HiddenListener, second: HiddenListener): boolean {
  if (first.kind !== 'PATTERNS' || first.keys.size === 0 || second.keys.size === 0) return true;
  for (const key of second.keys) if (first.keys.has(key)) return true;
  return false;
}
