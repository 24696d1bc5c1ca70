import { totalOf, type View } from './view-state.ts';

/** What of the wrappers the service uses: what it never does has no panel. */
export interface Usage {
  /** WebSocket sends in answer to Redis. */
  readonly sends: boolean;
  /** Messages of Redis, or sends. */
  readonly messages: boolean;
}

/** What there is in a view, and what was before: a panel does not go away again. */
export function usageOf(view: View, before: Usage, areAllWanted: boolean): Usage {
  const sends = before.sends || totalOf(view, 'sends')[1] > 0;
  const redis = totalOf(view, 'redisMessages')[1] > 0 || totalOf(view, 'subscriptionErrors')[1] > 0;
  return { sends: areAllWanted || sends, messages: areAllWanted || before.messages || sends || redis };
}
