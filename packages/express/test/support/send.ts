import { once, type EventEmitter } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { Case } from './cases.ts';

/** What of a case is sent. */
export type Sent = Pick<Case, 'body' | 'method' | 'path' | 'wire'>;

/**
 * Sends a case's request and does as its client does.
 *
 * @param events - `reached` tells that a handler that will not answer has the request
 * @returns the status, `undefined` where no head came
 */
export async function send(
  port: number,
  { body, method = 'GET', path, wire = 'reads all' }: Sent,
  events: EventEmitter,
) {
  const headers = { ...(body === undefined ? {} : { 'content-type': 'application/json' }), connection: 'close' };
  const client = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
  if (wire !== 'reads all') {
    const reached = once(events, 'reached');
    client.on('error', () => undefined);
    client.on('response', (response: IncomingMessage) => {
      response.on('error', () => undefined);
      if (wire !== 'reads no body and leaves') response.resume();
    });
    const answered = wire === 'leaves before the head' ? undefined : once(client, 'response');
    client.end(body);
    await reached;
    await answered;
    client.destroy();
    return undefined;
  }
  // Not `once`: that rejects where the connection breaks, as some cases expect it to.
  const closed = new Promise((resolve) => client.on('close', resolve));
  let status: number | undefined;
  client.on('error', () => undefined);
  client.on('response', (response: IncomingMessage) => {
    status = response.statusCode;
    response.on('error', () => undefined).resume();
  });
  client.end(body);
  await closed;
  return status;
}
