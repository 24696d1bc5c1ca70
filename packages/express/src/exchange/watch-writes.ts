import { performance } from 'node:perf_hooks';
import { replaceMethod } from '@influx-monitoring/core/internal';
import type { Exchange } from './exchange.ts';
import { watchDestroy } from './written-bytes.ts';

/** What hands bytes of a response to its connection; an interim answer (1xx) is not among them. */
const WRITING_METHODS = ['write', 'end', 'flushHeaders'] as const;

/**
 * Notes when the first byte of a response is written, and over HTTP/2, whose connection carries many responses at once,
 * how many bytes its body has. Only for middlewares that ask for these fields: it costs a closure a method.
 */
export function watchWrites(exchange: Exchange): void {
  exchange.hasWatchedWrites = true;
  const { isHttp2, req, res } = exchange;
  if (!isHttp2) {
    watchDestroy(req.socket);
    if (res.socket !== null) exchange.socketBytesBefore = req.socket.bytesWritten;
  }
  for (const name of WRITING_METHODS) {
    replaceMethod(
      res,
      name,
      (original) =>
        function watched(this: unknown, ...args) {
          exchange.firstByteAtMs ||= performance.now();
          // Over HTTP/2 `end` writes its chunk by `write`.
          if (isHttp2 && name === 'write') exchange.bodyBytes += byteLength(args[0], args[1]);
          return original.apply(this, args);
        },
    );
  }
}

function byteLength(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') {
    // What the response takes for an encoding is one of Buffer's, or a callback in its place.
    return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
