import { connect } from 'node:net';

/** A look takes no longer than this, in milliseconds. */
const TIMEOUT_MS = 1000;

/**
 * Whether somebody takes a connection at a port; it is closed at once. It never rejects, and keeps no process alive once
 * the name of the host is looked up.
 *
 * @param signal - ends it
 */
export function isPortOpen(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.unref();
    const end = (isOpen: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(isOpen);
    };
    const onAbort = (): void => {
      end(false);
    };
    const timer = setTimeout(end, TIMEOUT_MS, false).unref();
    signal.addEventListener('abort', onAbort);
    socket.on('connect', () => {
      end(true);
    });
    socket.on('error', () => {
      end(false);
    });
    if (signal.aborted) onAbort();
  });
}
