/**
 * 360,000 messages, as fast as they go, through deflated, slow and closing sockets: `npm run test:messages`. Each point of
 * `ws_requests` must have the id of the message that caused it; the payload carries it.
 */
import { startRedis } from '@influx-monitoring/test-servers';
import { readNumbers } from '../support/command-line.ts';
import { sendMessages } from './send-messages.ts';

const HELP = `npm run test:messages -- [--messages N]

Messages from Redis through deflated, slow and closing sockets; each point must carry the id of its own message.
  --messages N   how many (360,000: some 8 minutes)`;

const TELL_EVERY = 20_000;

const { messages } = readNumbers(HELP, { messages: 360_000 });
const startedAtMs = performance.now();
const redis = await startRedis();
try {
  const { calledBack, counters, tally } = await sendMessages(redis, messages, (count) => {
    if (count % TELL_EVERY === 0) process.stderr.write(`${String(count)} messages\n`);
  });
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  const isRight = tally.wrongCount === 0 && tally.sent === calledBack.sent && tally.failed === calledBack.failed;
  console.log({ messages, seconds, calledBack, recorded: tally, counters });
  console.log(isRight ? 'right' : 'wrong');
  process.exitCode = isRight ? 0 : 1;
} finally {
  await redis.stop();
}
