import { once } from 'node:events';
import type { Server } from 'node:http';
import { handshakeData, wrapSocket } from '@influx-monitoring/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { accountIdOf } from './account.ts';
import { LunaError, toLunaError } from './luna-error.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import type { Subscriptions } from './subscriptions.ts';

const MAX_MESSAGE_BYTES = 64 * 1024;
const CLOSE_TIMEOUT_MS = 2000;
const GOING_AWAY = 1001;
const INTERNAL_ERROR = 1011;

/** Serves `/ws`. What is wrong with a request is answered over HTTP, before the handshake. */
export function serveWebSockets(server: Server, subscriptions: Subscriptions): WebSocketServer {
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  server.on('upgrade', (request, stream, head) => {
    try {
      if (request.url?.split('?')[0] !== '/ws') {
        throw new LunaError({ status: 404, desc: 'Page not found', detail: 'WebSockets are served at /ws' });
      }
      const accountId = accountIdOf(request.headers);
      webSockets.handleUpgrade(request, stream, head, (socket) => {
        wrapSocket(socket, { accountId });
        welcome(socket, accountId, subscriptions);
      });
    } catch (thrown) {
      const error = toLunaError(thrown);
      handshakeData(request).errorCode = error.errorCode;
      refuseUpgrade(stream, error);
    }
  });
  return webSockets;
}

function welcome(socket: WebSocket, accountId: string, subscriptions: Subscriptions): void {
  // ws closes a socket after an error, and without a listener the error would end the process.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    subscriptions.remove(accountId, socket).catch(() => undefined);
  });
  subscriptions.add(accountId, socket).catch(() => {
    socket.close(INTERNAL_ERROR, 'cannot subscribe');
  });
}

/** Tells the clients that the service goes; who does not answer is cut off. */
export async function closeWebSockets({ clients }: WebSocketServer): Promise<void> {
  const timer = setTimeout(() => {
    for (const socket of clients) socket.terminate();
  }, CLOSE_TIMEOUT_MS);
  await Promise.all(
    Array.from(clients, (socket) => {
      socket.close(GOING_AWAY);
      return once(socket, 'close');
    }),
  );
  clearTimeout(timer);
}
