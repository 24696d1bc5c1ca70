/** A fan-out: what Redis publishes goes to every socket; handshakes are requests. */
import { createServer, type Server } from 'node:http';
import {
  createMonitoring,
  currentMessage,
  runWithMessage,
  type MessageContext,
  type Monitoring,
} from '@influx-monitoring/core';
import {
  handshakeData,
  instrumentUpgrades,
  recordSend,
  wrapServer,
  wrapSocket,
  type WrapServerOptions,
} from '@influx-monitoring/ws';
import { WebSocket, WebSocketServer } from 'ws';

const monitoring: Monitoring = createMonitoring({ service: 'fan-out', store: 'memory' });
const server: Server = createServer();
instrumentUpgrades(server, { monitoring, ignore: '/health', getErrorCode: (statusCode) => statusCode });

const options: WrapServerOptions<WebSocket> = {
  monitoring,
  accountId: (request) => request.headers['x-account']?.toString(),
  gauges: true,
  sampleRate: 0.5,
};
export const sockets: WebSocketServer = wrapServer(new WebSocketServer({ server }), options);
sockets.on('connection', (socket, request) => {
  handshakeData(request).tags['plan'] = 'free';
  handshakeData(request).errorCode = 20001;
  const same: WebSocket = wrapSocket(socket, { monitoring, accountId: 'account-1' });
  same.send('hello', (error) => {
    if (error) console.error(error.message);
  });
});

export function broadcast(text: string): void {
  const receivedAt: number = monitoring.now();
  const message: MessageContext = { requestId: 'one', receivedAt, receivedAtMs: performance.now(), channel: 'orders' };
  runWithMessage(message, () => {
    for (const socket of sockets.clients) socket.send(text, recordSend(socket, currentMessage(), { monitoring }));
  });
}

// @ts-expect-error Nothing of a plain object can be wrapped.
wrapSocket({}, { monitoring });
// @ts-expect-error A share is a number.
wrapServer(sockets, { monitoring, sampleRate: 'half' });
