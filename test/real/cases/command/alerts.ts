import { createServer } from 'node:http';
import { freePort } from '@influx-monitoring/test-servers';
import { checksOf } from '../../../../packages/cli/src/alerts/checks.ts';
import { pause } from '../../../faults/support/load.ts';
import { same, type CaseContext, type RealCase } from '../../case.ts';
import { expectCode, runCommand } from '../../command.ts';

const MINUTE_MS = 60_000;
/** Checks and the rule run once a minute each. */
const DEADLINE_MS = 5 * MINUTE_MS;

export const alerts: RealCase = {
  name: 'alerts',
  title: 'each check of setup --alerts fires, and its notification arrives',
  versions: [2],
  run: async (context) => {
    const { influx, database } = context;
    const receiver = await startReceiver();
    try {
      await writeTrouble(context);
      const words = ['setup', '--alerts', receiver.url, '--yes'];
      expectCode(await runCommand(words, influx.environment(database)), 0);
      const wanted = checksOf(database).map(({ name }) => name);
      const deadlineMs = performance.now() + DEADLINE_MS;
      while (wanted.some((name) => !receiver.names.has(name)) && performance.now() < deadlineMs) await pause(1000);
      same(
        'checks without a notification',
        wanted.filter((name) => !receiver.names.has(name)),
        [],
      );
      return `${String(wanted.length)} checks, ${String(receiver.messages.length)} notifications, as in "${receiver.messages[0] ?? ''}"`;
    } finally {
      receiver.close();
    }
  },
};

/** What each check watches for. */
async function writeTrouble({ influx, database }: CaseContext): Promise<void> {
  const nowMs = Date.now();
  const stampOf = (index: number): string => `${String(nowMs)}${String(index).padStart(6, '0')}`;
  const longAgo = `${String(nowMs - 15 * MINUTE_MS)}000000`;
  const requests = (service: string, status: string, count: number): string[] =>
    Array.from(
      { length: count },
      (_, index) =>
        `requests,service=${service},route=GET:/a,status_code=${status} request_id="x",execution_time=2.5 ${stampOf(index)}`,
    );
  const minuteAgo = `${String(nowMs - MINUTE_MS)}000000`;
  const monitoring = (count: number, stamp: string): string =>
    `monitoring,service=shop,host=a,pid=1 dropped=${String(count)}i,dead_lettered=0i,overflowed_tags=${String(count)}i,oldest_pending_seconds=300 ${stamp}`;
  const lines = [
    ...requests('shop', '500', 100),
    ...requests('blog', '404', 30),
    `redis_message,service=gone,chanel=a request_id="x" ${longAgo}`,
    `subscription_error,service=shop,error_code=1 count=20i ${stampOf(0)}`,
    monitoring(0, minuteAgo),
    monitoring(5, stampOf(0)),
    `process,service=shop,host=a,pid=1 event_loop_delay_p99_seconds=0.5 ${stampOf(0)}`,
  ];
  const { status, body } = await influx.write(database, lines.join('\n'));
  same('the answer to points', [status, body], [204, '']);
}

interface Receiver {
  readonly url: string;
  /** Of checks that were told of. */
  readonly names: ReadonlySet<string>;
  readonly messages: readonly string[];
  close(): void;
}

/** Takes what InfluxDB posts of a status. */
async function startReceiver(): Promise<Receiver> {
  const names = new Set<string>();
  const messages: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      // The body of InfluxDB's http endpoint: the columns of a status.
      const status = JSON.parse(Buffer.concat(chunks).toString()) as Readonly<Record<string, unknown>>;
      names.add(String(status['_check_name']));
      messages.push(String(status['_message']));
      response.end();
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String(port)}/hook`,
    names,
    messages,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
