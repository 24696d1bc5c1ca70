import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { runWithMessage } from '@influx-monitoring/core';
import { WebSocketServer, type WebSocket } from 'ws';

const CLIENTS = fileURLToPath(new URL('ws-clients.js', import.meta.url));
const PAYLOAD = Buffer.alloc(460, 'x');

/** Sockets of a server, with the process of their clients. */
export interface Sockets {
  readonly server: WebSocketServer;
  readonly accepted: WebSocket[];
  readonly clients: ChildProcess;
}

/** Opens so many sockets to a process of clients. */
export async function openSockets(count: number): Promise<Sockets> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  const accepted: WebSocket[] = [];
  server.on('connection', (socket) => accepted.push(socket));
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clients = fork(CLIENTS, [`ws://127.0.0.1:${String(port)}`, String(count)]);
  await once(clients, 'message');
  return { server, accepted, clients };
}

/** A way to send on a socket. */
export type Send = (socket: WebSocket, data: Buffer, callback?: () => void) => void;

/** One message to all sockets, as services send it, without callbacks but for the last; it ends when the kernel has it all. */
export async function broadcastTo(
  sockets: readonly WebSocket[],
  receivedAt: number,
  send: Send = (socket, data, callback) => {
    socket.send(data, {}, callback);
  },
): Promise<void> {
  const message = { channel: 'luna-sender:account', requestId: 'none', receivedAt, receivedAtMs: performance.now() };
  await new Promise<void>((resolve) => {
    runWithMessage(message, () => {
      const last = sockets.at(-1);
      for (const socket of sockets) send(socket, PAYLOAD, socket === last ? resolve : undefined);
    });
  });
  // The callbacks of the others, and what they record.
  await new Promise((resolve) => setImmediate(resolve));
}
