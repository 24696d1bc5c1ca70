import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Socket, type AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import * as newest from 'ws';
import * as oldest from 'ws-8.0';

/** What the tests use of ws. */
export type WsModule = Pick<typeof newest, 'WebSocket' | 'WebSocketServer' | 'createWebSocketStream'>;

/** The versions of ws that the tests run on. */
export const WS_VERSIONS: readonly { readonly version: string; readonly ws: WsModule }[] = [
  { version: '8.23.0', ws: newest },
  { version: '8.0.0', ws: oldest },
];

/** An HTTP server on a free port, closed with all its connections at the end of the test. */
export async function startHttp(server: Server = createServer()): Promise<{ server: Server; port: number }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  // A server that listens on TCP has an address of this type.
  return { server, port: (server.address() as AddressInfo).port };
}

/** Both ends of one open connection. */
export interface Connection {
  readonly client: newest.WebSocket;
  readonly socket: newest.WebSocket;
}

/** Opens connections to a server of ws; they end with the test. */
export async function startSockets(
  ws: WsModule,
  { count = 1, ...options }: newest.ServerOptions & { readonly count?: number } = {},
): Promise<Connection[]> {
  const { server, port } = await startHttp();
  const sockets = new ws.WebSocketServer({ server, ...options });
  sockets.setMaxListeners(0);
  return Promise.all(Array.from({ length: count }, () => connect(ws, sockets, port)));
}

/** Opens the only connection of a server. */
export async function startSocket(ws: WsModule, options: newest.ServerOptions = {}): Promise<Connection> {
  const [connection] = await startSockets(ws, options);
  if (connection === undefined) throw new Error('no connection was opened');
  return connection;
}

let connectionCount = 0;

async function connect(ws: WsModule, sockets: newest.WebSocketServer, port: number): Promise<Connection> {
  connectionCount += 1;
  const path = `/${String(connectionCount)}`;
  const accepted = new Promise<newest.WebSocket>((resolve) => {
    const take = (socket: newest.WebSocket, request: { readonly url?: string | undefined }): void => {
      if (request.url !== path) return;
      sockets.off('connection', take);
      resolve(socket);
    };
    sockets.on('connection', take);
  });
  const client = new ws.WebSocket(`ws://127.0.0.1:${String(port)}${path}`);
  const [socket] = await Promise.all([accepted, once(client, 'open')]);
  onTestFinished(() => {
    client.terminate();
    socket.terminate();
  });
  return { client, socket };
}

/** The next messages that a socket receives. */
export function receive(socket: newest.WebSocket, count = 1): Promise<Buffer[]> {
  return new Promise((resolve) => {
    const received: Buffer[] = [];
    const take = (data: newest.RawData): void => {
      // Both ends have the default binaryType: a Buffer.
      received.push(data as Buffer);
      if (received.length < count) return;
      socket.off('message', take);
      resolve(received);
    };
    socket.on('message', take);
  });
}

/** Resolves with what a callback was called with. */
export function called(start: (callback: (...parameters: unknown[]) => void) => void): Promise<unknown[]> {
  return new Promise((resolve) => {
    start((...parameters) => {
      resolve(parameters);
    });
  });
}

/** Lets a client read no more: what is sent to it fills the buffers of the kernel, then of the process. */
export function stopReading(client: newest.WebSocket): Socket {
  const socket: unknown = Reflect.get(client, '_socket');
  if (!(socket instanceof Socket)) throw new Error('an open client has a TCP socket');
  return socket.pause();
}
