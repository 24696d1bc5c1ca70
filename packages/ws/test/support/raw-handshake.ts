import { connect } from 'node:net';
import { once } from 'node:events';

/** A handshake as a client of any kind may send it. */
export interface RawHandshake {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly method?: string;
  readonly path?: string;
}

const VALID_HEADERS: Readonly<Record<string, string>> = {
  Connection: 'Upgrade',
  Host: '127.0.0.1',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
  Upgrade: 'websocket',
};

/**
 * Sends a handshake and reads what comes back until the server closes the connection or accepts it.
 *
 * @returns the status of the answer; `undefined` where the connection closed without one
 */
export async function handshake(
  port: number,
  { headers = {}, method = 'GET', path = '/ws' }: RawHandshake = {},
): Promise<number | undefined> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const lines = Object.entries({ ...VALID_HEADERS, ...headers })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${String(value)}\r\n`);
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  let answer = '';
  for await (const chunk of socket.setEncoding('latin1')) {
    answer += String(chunk);
    if (/^HTTP\/1\.1 101[^]*\r\n\r\n$/m.test(answer)) break;
  }
  socket.destroy();
  const statuses = Array.from(answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm), ([, status]) => Number(status));
  return statuses.find((status) => status === 101 || status >= 200);
}
