import { currentMessage } from '@influx-monitoring/core';
import { recordSend, type SendCallback, type WrapSocketOptions } from '@influx-monitoring/ws';
import type { Server, Socket } from 'socket.io';

/** A connection of a client, by WebSocket or by polling. */
export type Connection = Socket['conn'];

type SendOptions = WrapSocketOptions<Connection>;

/**
 * Measures what socket.io hands to its clients in answer to a Redis message.
 *
 * `wrapSocket` cannot: for a broadcast socket.io frames once and goes past the WebSocket's `send`, and what waits for
 * a busy connection is sent later, in the asynchronous context of something else. Its `write` is called at once.
 */
export function measureSends(io: Server, options: SendOptions): void {
  // `options` stays one object: recordSend checks it once.
  io.engine.on('connection', (connection: Connection) => {
    measureConnection(connection, options);
  });
}

function measureConnection(connection: Connection, options: SendOptions): void {
  const waiting = new Set<SendCallback>();
  const write = connection.write.bind(connection);
  connection.write = (data, sendOptions, callback) => {
    const isOver = recordSend(connection, currentMessage(), options);
    waiting.add(isOver);
    return write(data, sendOptions, (transport) => {
      waiting.delete(isOver);
      isOver();
      callback?.(transport);
    });
  };
  // A connection that closes forgets the callbacks of what it has not sent.
  connection.once('close', () => {
    for (const isOver of waiting) isOver(new Error('closed before it was sent'));
    waiting.clear();
  });
}
