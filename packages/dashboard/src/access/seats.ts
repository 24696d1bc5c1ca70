import type { IncomingMessage, ServerResponse } from 'node:http';

/** Bounds how many streams and exports are under way: what a client can make last. */
export class Seats {
  readonly #limit: number;
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True where nobody more may come. */
  get areTaken(): boolean {
    return this.#taken >= this.#limit;
  }

  /**
   * Takes a seat until the answer has ended, whichever way. The connection is looked at, too: an answer that waits behind
   * another one on the same connection is never told that it closed.
   *
   * @returns false where the client has left already: it was being asked about, and nothing would give its seat back
   */
  take({ socket }: IncomingMessage, res: ServerResponse): boolean {
    if (res.destroyed || res.writableEnded || socket.destroyed) return false;
    this.#taken += 1;
    let isTaken = true;
    const leave = (): void => {
      res.off('close', leave);
      socket.off('close', leave);
      if (isTaken) this.#taken -= 1;
      isTaken = false;
    };
    res.once('close', leave);
    socket.once('close', leave);
    return true;
  }
}
