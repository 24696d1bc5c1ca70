import { setImmediate as nextTurn } from 'node:timers/promises';
import { instrumentSubscriber } from '@influx-monitoring/redis';
import type { RedisServer } from '@influx-monitoring/test-servers';
import { createClient } from 'redis';
import { CheckingMonitoring, type SendTally } from './checking-monitoring.ts';
import { sendId, SocketSource, transportOf, type Connection } from './sockets.ts';

/** What came of many messages. */
export interface MessagesResult {
  readonly tally: SendTally;
  /** What the callbacks of the sends said. */
  readonly calledBack: { sent: number; failed: number };
  readonly counters: Readonly<Record<string, number>>;
}

/** As many messages are published at once, as fast as they go; then all sends that they caused come to their end. */
const WAVE = 1000;

/** Fills the buffers of the kernel, so that ws waits for the slow reader. */
const SLOW_PADDING = 'x'.repeat(8 * 1024);

const CHANNEL = 'messages';

/**
 * Publishes messages through Redis; each causes sends on sockets of several kinds, also in the callback of a send and
 * after awaits. Each payload carries the id of its message, and each point is compared with it.
 *
 * @param onWave - told how many messages are through
 */
export async function sendMessages(
  redis: RedisServer,
  messageCount: number,
  onWave: (count: number) => void = () => undefined,
): Promise<MessagesResult> {
  const monitoring = new CheckingMonitoring({ logger: { info: ignore, warn: ignore, error: ignore } });
  const plain = new SocketSource(monitoring, { isDeflated: false });
  const deflated = new SocketSource(monitoring, { isDeflated: true });
  const calledBack = { sent: 0, failed: 0 };
  let openCount = 0;
  let messagesSeen = 0;

  const fast = await plain.connect();
  const slow = await plain.connect();
  const compressed = [await deflated.connect(), await deflated.connect()];
  let closing = await plain.connect();

  const send = ({ socket }: Connection, id: string, then?: () => void, padding = ''): void => {
    openCount += 1;
    sendId(socket, id, padding, (error) => {
      openCount -= 1;
      if (error === undefined || error === null) calledBack.sent += 1;
      else calledBack.failed += 1;
      then?.();
    });
  };

  const listen = async (message: string): Promise<void> => {
    // Ours alone are published.
    const { request_id: id } = JSON.parse(message) as { readonly request_id: string };
    messagesSeen += 1;
    const [first, second] = compressed as [Connection, Connection];
    send(first, id, () => {
      send(second, id);
    });
    send(slow, id, undefined, SLOW_PADDING);
    send(closing, id, () => {
      send(fast, id, () => {
        send(first, id);
      });
    });
    if (messagesSeen % 3 === 0) {
      await nextTurn();
      send(second, id);
    }
    if (messagesSeen % 5 === 0) setTimeout(send, 1, slow, id);
  };

  const subscriber = instrumentSubscriber(createClient({ url: redis.url }), { monitoring });
  const publisher = createClient({ url: redis.url });
  await Promise.all([subscriber.connect(), publisher.connect()]);
  await subscriber.subscribe(CHANNEL, listen);
  for (let published = 0; published < messageCount; published += WAVE) {
    transportOf(slow.client).pause();
    const count = Math.min(WAVE, messageCount - published);
    const publishing = Array.from({ length: count }, (_nothing, index) =>
      publisher.publish(CHANNEL, JSON.stringify({ request_id: `message-${String(published + index)}` })),
    );
    // In the midst of the wave one connection goes.
    while (messagesSeen < published + count / 2) await nextTurn();
    closing.socket.terminate();
    await Promise.all(publishing);
    while (messagesSeen < published + count) await nextTurn();
    transportOf(slow.client).resume();
    do await pass(5);
    while (openCount > 0);
    closing = await plain.connect();
    onWave(published + count);
  }
  subscriber.destroy();
  publisher.destroy();
  await Promise.all([plain.close(), deflated.close()]);
  const { counters } = monitoring.stats();
  await monitoring.stop();
  return { tally: monitoring.tally, calledBack, counters };
}

/** Time for the timers of the last messages. */
function pass(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function ignore(): void {
  // What goes wrong shows in the points.
}
