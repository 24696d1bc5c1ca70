import { once } from 'node:events';
import type { Server } from 'node:http';
import { defaultMonitoring } from '@influx-monitoring/core';

/** How long open requests may take, and then what monitoring holds, in milliseconds: who sent the signal must wait longer. */
const REQUESTS_TIMEOUT_MS = 8000;
const MONITORING_TIMEOUT_MS = 5000;
const IDLE_CONNECTIONS_EVERY_MS = 50;
const GOING_AWAY = 1001;

interface ClosableSocket {
  close(code: number): void;
  terminate(): void;
}

/** Ends the process at SIGTERM (Kubernetes, systemd) and SIGINT (PM2), after answering what is open and sending all points. */
export function shutDownOnSignal(server: Server, webSockets: Iterable<ClosableSocket> = []): void {
  let hasBegun = false;
  const shutDown = async (): Promise<void> => {
    if (hasBegun) return;
    hasBegun = true;
    const closed = once(server, 'close');
    server.close();
    for (const socket of webSockets) socket.close(GOING_AWAY);
    // A connection that clients keep alive becomes idle after its last answer, and would hold the server for seconds.
    const idle = setInterval(() => {
      server.closeIdleConnections();
    }, IDLE_CONNECTIONS_EVERY_MS);
    const late = setTimeout(() => {
      server.closeAllConnections();
      for (const socket of webSockets) socket.terminate();
    }, REQUESTS_TIMEOUT_MS);
    await closed;
    clearInterval(idle);
    clearTimeout(late);
    await defaultMonitoring().stop({ timeoutMs: MONITORING_TIMEOUT_MS });
    // The channel to PM2 or to the primary of a cluster would hold the process.
    process.exit();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void shutDown());
}
