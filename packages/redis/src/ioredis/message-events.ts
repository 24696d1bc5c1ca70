/** One of the events by which ioredis delivers a message. */
export interface MessageEvent {
  readonly kind: 'message' | 'pmessage' | 'smessage';
  readonly isBuffer: boolean;
  /** Where in the event's arguments, its name included, the channel stands; the message follows. */
  readonly channelIndex: number;
}

/** ioredis emits each message as text, if anybody listens to that, and then always as Buffers. */
export const MESSAGE_EVENTS: ReadonlyMap<unknown, MessageEvent> = new Map<string, MessageEvent>([
  ['message', { kind: 'message', isBuffer: false, channelIndex: 1 }],
  ['messageBuffer', { kind: 'message', isBuffer: true, channelIndex: 1 }],
  ['pmessage', { kind: 'pmessage', isBuffer: false, channelIndex: 2 }],
  ['pmessageBuffer', { kind: 'pmessage', isBuffer: true, channelIndex: 2 }],
  ['smessage', { kind: 'smessage', isBuffer: false, channelIndex: 1 }],
  ['smessageBuffer', { kind: 'smessage', isBuffer: true, channelIndex: 1 }],
]);
