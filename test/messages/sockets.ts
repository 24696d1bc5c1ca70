import { once } from 'node:events';
import { Socket, type AddressInfo } from 'node:net';
import { wrapSocket } from '@influx-monitoring/ws';
import { WebSocket, WebSocketServer } from 'ws';
import type { CheckingMonitoring } from './checking-monitoring.ts';

/** The id that the payload of the send which begins now carries. */
let payloadId = '';

/** Sends a payload that carries an id; the point of the send says it as its account. */
export function sendId(socket: WebSocket, id: string, padding: string, callback: (error?: Error | null) => void): void {
  payloadId = id;
  socket.send(id + padding, callback);
}

/** Both ends of a connection within this process. */
export interface Connection {
  readonly client: WebSocket;
  readonly socket: WebSocket;
}

/** A server of one kind of socket. */
export class SocketSource {
  readonly #monitoring: CheckingMonitoring;
  readonly #server: WebSocketServer;

  constructor(monitoring: CheckingMonitoring, { isDeflated }: { readonly isDeflated: boolean }) {
    this.#monitoring = monitoring;
    const perMessageDeflate = isDeflated ? { threshold: 0 } : false;
    this.#server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate });
  }

  /** Opens a connection; its server's side is wrapped. */
  async connect(): Promise<Connection> {
    if (this.#server.address() === null) await once(this.#server, 'listening');
    // A server that listens on TCP has an address of this type.
    const { port } = this.#server.address() as AddressInfo;
    const accepted = once(this.#server, 'connection') as Promise<[WebSocket]>;
    const client = new WebSocket(`ws://127.0.0.1:${String(port)}`);
    const [socket] = await accepted;
    socket.on('error', ignore);
    client.on('error', ignore);
    wrapSocket(socket, { monitoring: this.#monitoring, accountId: () => payloadId });
    return { client, socket };
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#server.clients) socket.terminate();
    await closed;
  }
}

/** The TCP socket of a client: it is paused for one that reads slowly. */
export function transportOf(client: WebSocket): Socket {
  const socket: unknown = Reflect.get(client, '_socket');
  if (!(socket instanceof Socket)) throw new Error('an open client has a TCP socket');
  return socket;
}

function ignore(): void {
  // A connection that is cut says so by its sends.
}
