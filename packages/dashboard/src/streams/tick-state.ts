import type { Channel } from './channel.ts';
import type { CountedState } from './counter.ts';
import type { FoldedSpan, Health, ProcessRow, Span } from '../wire/messages.ts';

/** What all messages of a tick share. */
export interface TickState extends CountedState {
  readonly folded: FoldedSpan | null;
  readonly health: Health;
  /** What the process used since the last tick. */
  readonly process: readonly ProcessRow[];
}

/** What a channel's messages of a tick cover. */
export function spanOf(channel: Channel, { aggregate, firstSecond, to }: TickState): Span {
  return { from: Math.max(channel.firstSecond(aggregate), firstSecond), to };
}
