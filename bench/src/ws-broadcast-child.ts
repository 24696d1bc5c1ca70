import { LunaRequestInfluxMonitoring, runWithMessage } from '@influx-monitoring/core';
import { wrapSocket } from '@influx-monitoring/ws';
import { WebSocket } from 'ws';

/**
 * So many broadcasts to 1,000 sockets that send nowhere and call back in a row, as ws does: run under valgrind, which
 * counts what the wrapping and the recording take. `bare` or `wrapped`, `one` account or `many`, how many broadcasts.
 */
const [, , variant, accounts, times] = process.argv;
const SOCKETS = 1000;
const PAYLOAD = Buffer.alloc(460, 'x');

const waiting: (() => void)[] = [];

/** A socket whose sends end when the broadcast is over. */
class NowhereSocket extends WebSocket {
  override readonly readyState = WebSocket.OPEN;

  override send(_data: unknown, options?: unknown, callback?: unknown): void {
    const done = typeof options === 'function' ? options : callback;
    if (typeof done === 'function') waiting.push(done as () => void);
  }
}

const monitoring = new LunaRequestInfluxMonitoring({ flushingPeriod: 3600 });
const sockets = Array.from({ length: SOCKETS }, (_nothing, index) => {
  // A client without an address is the bare object that a server makes for each connection.
  const socket = new NowhereSocket(null as never, undefined, {});
  const accountId = accounts === 'one' ? 'account' : `account-${String(index)}`;
  return variant === 'wrapped' ? wrapSocket(socket, { monitoring, accountId }) : socket;
});

for (let time = 0; time < Number(times); time += 1) {
  const message = {
    channel: 'luna-sender:account',
    requestId: `1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621${String(time % 1000).padStart(3, '0')}`,
    receivedAt: monitoring.now(),
    receivedAtMs: performance.now(),
  };
  runWithMessage(message, () => {
    for (const socket of sockets) socket.send(PAYLOAD);
  });
  for (const done of waiting.splice(0)) process.nextTick(done);
  await new Promise((resolve) => setImmediate(resolve));
}
await monitoring.stop();
