/**
 * A process of its own for what a listener's error does to a process. Prints what happened as one line of JSON.
 *
 * arguments: the URL of a Redis; `bare`, `instrumented` or `isolated`; `survive` to go through all clients with
 * handlers for what would end the process, or `VARIANT/MODE` to do one thing without them.
 */
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { createClient } from 'redis';
import { VARIANTS, instrumented, untreated, type TestClient, type Treatment } from './clients.ts';
import { pointsOf } from './messages.ts';

/** How long a subscriber may take for an answer before it counts as dead. It answers in a millisecond or never. */
const DEAD_AFTER_MS = 250;

const [url = '', treatmentName = '', task = ''] = process.argv.slice(2);
const monitoring = new LunaRequestInfluxMonitoring({});
let journal: string[] = [];

function treatment(): Treatment {
  if (treatmentName === 'bare') return untreated;
  return instrumented({ monitoring, isolateListenerErrors: treatmentName === 'isolated' });
}

const failures: Readonly<Record<string, () => unknown>> = {
  throw: () => {
    throw new Error('thrown');
  },
  'throw a text': () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- some do
    throw 'text';
  },
  reject: () => Promise.reject(new Error('rejected')),
  'reject later': async () => {
    await Promise.resolve();
    await Promise.resolve();
    throw new Error('rejected later');
  },
};

/**
 * Whether the subscriber answers. Before it is asked it has read what was published: the server wrote that before it
 * answered the publisher's ping, so it was read in the same turn of the event loop as that answer at the latest. (To a
 * parser that a throw left in the middle of a reply, a question asked meanwhile would make a difference.)
 */
async function answered(client: TestClient, publisher: { ping: () => Promise<unknown> }): Promise<boolean> {
  await publisher.ping();
  await setImmediate();
  const ping = Reflect.get(client.client, 'ping') as () => Promise<unknown>;
  const pong = ping.call(client.client).then(
    () => true,
    () => false,
  );
  return Promise.race([pong, delay(DEAD_AFTER_MS, false)]);
}

async function failOnce(client: TestClient, fail: () => unknown): Promise<void> {
  // Other processes use the same server.
  const channel = `x:${String(process.pid)}`;
  const publisher = createClient({ url });
  await publisher.connect();
  await client.connect();
  let isFirst = true;
  const listener = (message: string | Buffer): unknown => {
    journal.push(`a: ${String(message)}`);
    const isFailing = isFirst;
    isFirst = false;
    return isFailing ? fail() : undefined;
  };
  await client.subscribe({ keys: channel, listener });
  await client.subscribe({
    keys: channel,
    listener: (message) => {
      journal.push(`b: ${String(message)}`);
    },
  });
  const multi = publisher.multi();
  for (const message of ['1', '2', '3']) multi.publish(channel, message);
  await multi.exec();
  journal.push(`answers: ${String(await answered(client, publisher))}`);
  await publisher.publish(channel, '4');
  journal.push(`answers: ${String(await answered(client, publisher))}`);
  publisher.destroy();
}

async function errorPoints(): Promise<unknown> {
  const points = await pointsOf(monitoring, 'subscription_error');
  return points.map(({ fields }) => Number(fields['count'])).reduce((sum, count) => sum + count, 0);
}

async function surviveAll(): Promise<void> {
  process.on('uncaughtException', (error: unknown) => {
    journal.push(`uncaught: ${error instanceof Error ? error.message : String(error)}`);
  });
  process.on('unhandledRejection', (error) => {
    journal.push(`unhandled: ${(error as Error).message}`);
  });
  const results: Record<string, unknown> = {};
  let before = 0;
  for (const { name, create } of VARIANTS) {
    for (const [mode, fail] of Object.entries(failures)) {
      journal = [];
      const client = create(url);
      treatment()(client);
      client.client.on('error', (error: unknown) => {
        journal.push(`error: ${error instanceof Error ? error.message : String(error)}`);
      });
      await failOnce(client, fail);
      await client.close();
      const sum = Number(await errorPoints());
      results[`${name}: ${mode}`] = { journal: [...journal], errors: sum - before };
      before = sum;
    }
  }
  console.log(JSON.stringify(results));
  process.exit(0);
}

async function doOne(name: string, mode: string): Promise<void> {
  const client = VARIANTS.find((variant) => variant.name === name)?.create(url);
  if (client === undefined) throw new TypeError(`no variant ${name}`);
  treatment()(client);
  if (mode === 'subscribe') {
    await client.connect();
    void client.bareSubscribe('denied', () => undefined);
    await delay(DEAD_AFTER_MS);
  } else {
    await failOnce(client, failures[mode] ?? (() => undefined));
  }
  console.log('survived');
  process.exit(0);
}

const [variantName = '', mode] = task.split('/');
await (mode === undefined ? surviveAll() : doOne(variantName, mode));
