import type { Dispatch } from '../messages/dispatch.ts';

/** What knows how to instrument the clients of one library. */
export interface ClientLibrary {
  /** Whether this object is a client of it. */
  readonly isClient: (target: object) => boolean;
  /**
   * Prepares the instrumentation of a client; nothing is touched yet.
   *
   * @param dispatch - is told of all that happens
   */
  readonly prepare: (target: object, dispatch: Dispatch) => Instrumentation;
}

/** The instrumentation of one client, whatever number of monitorings it reports to. */
export interface Instrumentation {
  /**
   * Replaces what has to be replaced; what somebody took away since, it puts back.
   *
   * @returns false where the client lets nothing be replaced without which no message is seen
   */
  install(): boolean;
  /** Whether the client is subscribed to anything; `undefined` where it does not tell. */
  isSubscribed(): boolean | undefined;
  /** Puts everything back as it was. */
  uninstall(): void;
}
