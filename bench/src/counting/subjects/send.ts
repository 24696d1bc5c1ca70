import { newNowhereSocket } from '../../nowhere-socket.ts';
import { advance } from '../virtual-clock.ts';
import { FLUSHING_PERIOD_SECONDS, OURS, REQUEST_ID, type SubjectFactory } from './subject.ts';

const SEND_MS = 0.02;
const PAYLOAD = Buffer.alloc(460, 'x');

/** A send in the context of a Redis message, by one of so many sockets in turn, which send nowhere. */
export const send: SubjectFactory = async ({ variant, size }) => {
  const { LunaRequestInfluxMonitoring, runWithMessage } = await import('@influx-monitoring/core');
  const { wrapSocket } = await import('@influx-monitoring/ws');
  const { performance } = await import('node:perf_hooks');
  const monitoring = new LunaRequestInfluxMonitoring({ flushingPeriod: FLUSHING_PERIOD_SECONDS });
  const sockets = Array.from({ length: size }, () =>
    variant === OURS ? wrapSocket(newNowhereSocket(), { monitoring, accountId: 'account' }) : newNowhereSocket(),
  );
  const sendAll = (times: number): void => {
    for (let index = 0; index < times; index += 1) {
      advance(SEND_MS);
      sockets[index % size]?.send(PAYLOAD);
    }
  };
  return {
    run: (times) => {
      const receivedAtMs = performance.now();
      const context = { channel: 'luna-sender:1', requestId: REQUEST_ID, receivedAt: monitoring.now(), receivedAtMs };
      runWithMessage(context, () => {
        sendAll(times);
      });
    },
    settle: () => monitoring.flush(),
  };
};
