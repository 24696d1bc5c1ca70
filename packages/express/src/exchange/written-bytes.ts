import type { Socket } from 'node:net';
import { processWide, replaceMethod } from '@influx-monitoring/core/internal';

/** What is read of the handle of a connection: bytes that libuv has, and has not given to the kernel yet. */
interface Handle {
  /** Of a TLS connection: that of the connection below it, which has what is enciphered. */
  readonly _parent?: Handle | null | undefined;
  readonly bytesWritten?: number | undefined;
  readonly writeQueueSize?: number | undefined;
}

/** What connections that were destroyed had handed to the kernel. */
const bytesAtDestroy = processWide('express.bytes-at-destroy', 1, () => new WeakMap<Socket, number | undefined>());

/**
 * Notes how much of a connection's data the kernel has got when it is destroyed: afterwards its handle is gone, and
 * `bytesWritten` counts what was only waiting, too.
 */
export function watchDestroy(socket: Socket): void {
  if (bytesAtDestroy.has(socket)) return;
  bytesAtDestroy.set(socket, undefined);
  replaceMethod(
    socket,
    'destroy',
    (original) =>
      function destroy(this: unknown, ...args) {
        if (bytesAtDestroy.get(socket) === undefined) bytesAtDestroy.set(socket, bytesInKernel(socket));
        return original.apply(this, args);
      },
  );
}

/** How many bytes of a connection, of all its responses, were handed to the kernel. */
export function bytesToKernel(socket: Socket): number {
  return bytesAtDestroy.get(socket) ?? bytesInKernel(socket);
}

function bytesInKernel(socket: Socket): number {
  const { _handle: handle } = socket as { readonly _handle?: Handle | null };
  if (handle?.bytesWritten === undefined) return socket.bytesWritten;
  // TLS counts as waiting all that it has enciphered, though it has given it away; records add 0.14 % to it.
  const { writeQueueSize = 0 } = handle._parent ?? handle;
  return handle.bytesWritten - writeQueueSize;
}
