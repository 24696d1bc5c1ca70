import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Reply } from './strict-replies.ts';

/** How a database misbehaves. */
export type Fault =
  /** Answers with a status and stores nothing. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Stores nothing, and answers with a body that never ends. */
  | { readonly kind: 'endless'; readonly status: number }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Closes the connection after so many bytes of the body, with a reset. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** Stores nothing and cuts its answer in the middle. */
  | { readonly kind: 'cut'; readonly status: number }
  /** Does as it should, after a while. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Stores the batch, and closes the connection before it says so. */
  | { readonly kind: 'store-then-reset' }
  /** Does as it should, and tells of refused lines in words of its own. */
  | { readonly kind: 'reword'; readonly reword: (counts: RefusedCounts) => Reply };

/** How much of a batch was refused, in lines. */
export interface RefusedCounts {
  readonly lineCount: number;
  readonly storedCount: number;
}

/** Faults to come: each takes one request, and the standing one takes all others. */
export class Faults {
  readonly #queue: Fault[] = [];
  #standing: Fault | undefined;

  /** The next requests meet these, one each. */
  push(...faults: readonly Fault[]): void {
    this.#queue.push(...faults);
  }

  /** Every request meets this, until it is cleared. */
  set(fault: Fault): void {
    this.#standing = fault;
  }

  clear(): void {
    this.#queue.length = 0;
    this.#standing = undefined;
  }

  next(): Fault | undefined {
    return this.#queue.shift() ?? this.#standing;
  }
}

/** Closes a connection so that the other side gets ECONNRESET. */
export function resetConnection({ socket }: IncomingMessage): void {
  socket.resetAndDestroy();
}

/** Writes for as long as the other side reads. */
export function answerWithoutEnd(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  const chunk = '{"error":"'.padEnd(16_384, 'x');
  const write = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', write);
  };
  write();
}

/** Promises more bytes than it sends, and closes. */
export function cutAnswer(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"code":"internal error","mess', () => response.socket?.destroy());
}
