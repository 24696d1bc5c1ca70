import { performance } from 'node:perf_hooks';
import type { Response } from 'express';
import type { Exchange } from './exchange.ts';

type Method = (this: Response, ...args: unknown[]) => unknown;

/** What hands bytes of a response to its connection; an interim answer (1xx) is not among them. */
const WRITING_METHODS = ['write', 'end', 'flushHeaders'] as const;

/**
 * Notes when the first byte of a response is written, and over HTTP/2, whose connection carries many responses at once,
 * how many bytes its body has. Only for middlewares that ask for these fields: it costs a closure a method.
 */
export function watchWrites(exchange: Exchange): void {
  exchange.hasWatchedWrites = true;
  const { isHttp2, req, res } = exchange;
  if (!isHttp2 && res.socket !== null) exchange.socketBytesBefore = req.socket.bytesWritten;
  for (const name of WRITING_METHODS) {
    // Each of them is a method of the response, by its own signature.
    // eslint-disable-next-line @typescript-eslint/unbound-method
    const original = res[name] as unknown as Method;
    const watched: Method = function (...args) {
      exchange.firstByteAtMs ||= performance.now();
      // Over HTTP/2 `end` writes its chunk by `write`.
      if (isHttp2 && name === 'write') exchange.bytesWritten += byteLength(args[0], args[1]);
      return original.apply(this, args);
    };
    Object.defineProperty(res, name, { configurable: true, enumerable: false, value: watched, writable: true });
  }
}

function byteLength(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') {
    // What the response takes for an encoding is one of Buffer's, or a callback in its place.
    return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
