/**
 * Does one thing many times, under valgrind: `count.ts` starts it, is told when it is warm, and has valgrind count from then
 * on. A call of `os.getPriority`, which calls `uv_os_getpriority`, is where valgrind writes down what it has counted since
 * the one before.
 */
import './virtual-clock.ts';
import { existsSync } from 'node:fs';
import { getPriority } from 'node:os';
import { message } from './subjects/message.ts';
import { record } from './subjects/record.ts';
import { requestAmongRequests, requestAmongRoutes } from './subjects/request.ts';
import { send } from './subjects/send.ts';
import type { SubjectFactory } from './subjects/subject.ts';

const SUBJECTS: Readonly<Record<string, SubjectFactory>> = {
  message,
  record,
  request: requestAmongRoutes,
  'request-in-flight': requestAmongRequests,
  send,
};

const [name = '', variant = '', size = '', warmUpTimes = '', times = '', blocks = '', sign = '', url = ''] =
  process.argv.slice(2);
const create = SUBJECTS[name];
if (create === undefined) throw new Error(`expected one of ${Object.keys(SUBJECTS).join(', ')}, got ${name}`);

const { run, settle } = await create({ variant, size: Number(size), url });
// In blocks as those that are counted: what is compiled for them is what is compiled now.
for (let done = 0; done < Number(warmUpTimes); done += Number(times)) {
  await run(Number(times));
  await settle?.();
}
await countingBegins();
for (let block = 0; block < Number(blocks); block += 1) {
  getPriority();
  await run(Number(times));
  getPriority();
  await settle?.();
}
process.exit();

/** Valgrind listens only while the process works: so it looks for the sign, again and again. */
async function countingBegins(): Promise<void> {
  const parent = process.ppid;
  await new Promise((resolve) => process.send?.('warm', resolve));
  while (!existsSync(sign)) {
    // Nobody will give it.
    if (process.ppid !== parent) process.exit(1);
  }
}
