/**
 * 360,000 messages, as fast as they go, through deflated, slow and closing sockets: `npm run test:messages`. Each point of
 * `ws_requests` must have the id of the message that caused it; the payload carries it.
 */
import { startRedis } from '@influx-monitoring/test-servers';
import { sendMessages } from './send-messages.ts';

const MESSAGES = 360_000;
const TELL_EVERY = 20_000;

const startedAtMs = performance.now();
const redis = await startRedis();
try {
  const { calledBack, counters, tally } = await sendMessages(redis, MESSAGES, (count) => {
    if (count % TELL_EVERY === 0) process.stderr.write(`${String(count)} messages\n`);
  });
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  const isRight = tally.wrongCount === 0 && tally.sent === calledBack.sent && tally.failed === calledBack.failed;
  console.log({ messages: MESSAGES, seconds, calledBack, recorded: tally, counters });
  console.log(isRight ? 'right' : 'wrong');
  process.exitCode = isRight ? 0 : 1;
} finally {
  await redis.stop();
}
