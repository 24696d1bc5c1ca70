import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { LunaError } from './luna-error.ts';

/** Answers a handshake with an error, over HTTP. */
export function refuseUpgrade(stream: Duplex, error: LunaError): void {
  const body = JSON.stringify(error);
  stream.on('error', () => undefined);
  // The client might keep its half open.
  stream.once('finish', () => stream.destroy());
  stream.end(
    `HTTP/1.1 ${String(error.status)} ${STATUS_CODES[error.status] ?? ''}\r\n` +
      'Connection: close\r\nContent-Type: application/json; charset=utf-8\r\n' +
      `Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`,
  );
}
