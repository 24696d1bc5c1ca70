import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startRedis, type Influx1Server } from '@influx-monitoring/test-servers';
import { createClient } from 'redis';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

/** A point of `ws_requests`, wherever it was read from. */
export interface SendRow {
  readonly account_id: string;
  readonly request_id: string;
  readonly transport_time: number;
}

/** The service in its own process, with a real Redis, and this process as its publisher and its clients. */
export interface MeasuredService {
  connect(account: string): Promise<WebSocket>;
  /**
   * Publishes an event, and waits until another subscriber has it.
   *
   * @returns when that subscriber got it, in milliseconds of `performance.now()`
   */
  publish(account: string, requestId: string, padding?: string): Promise<number>;
  /** The points of all sends until now. */
  sends(): Promise<SendRow[]>;
}

const DATABASE = 'luna_monitoring';

/** Starts all that a test needs; all of it ends with the test. */
export async function startService(influx?: Influx1Server): Promise<MeasuredService> {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const environment = { PATH: process.env['PATH'], REDIS_URL: redis.url, ...influxEnvironment(influx) };
  const child = fork(fileURLToPath(new URL('service.ts', import.meta.url)), {
    execArgv: ['--conditions=@influx-monitoring/source', '--import=tsx'],
    env: environment,
  });
  onTestFinished(async () => {
    child.send('stop');
    if (child.exitCode === null) await once(child, 'exit');
  });
  // The service says this first.
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const publisher = createClient({ url: redis.url });
  const bystander = publisher.duplicate();
  await Promise.all([publisher.connect(), bystander.connect()]);
  onTestFinished(async () => {
    await Promise.all([publisher.close(), bystander.close()]);
  });
  let arrived: (atMs: number) => void = () => undefined;
  await bystander.pSubscribe('luna-sender:*', () => {
    arrived(performance.now());
  });
  return {
    connect: (account) => connect(port, account),
    publish: async (account, requestId, padding = '') => {
      const arrival = new Promise<number>((resolve) => {
        arrived = resolve;
      });
      await publisher.publish(`luna-sender:${account}`, JSON.stringify({ request_id: requestId, padding }));
      return arrival;
    },
    sends: async () => {
      const answer = once(child, 'message');
      child.send('points');
      // The service answers with the rows that it makes, or with none where they are in InfluxDB.
      const [rows] = (await answer) as [SendRow[]];
      return influx === undefined ? rows : readRows(influx);
    },
  };
}

function influxEnvironment(influx: Influx1Server | undefined): Record<string, string> {
  if (influx === undefined) return {};
  return { INFLUX_URL: influx.url, INFLUX_VERSION: '1', INFLUX_DATABASE: DATABASE };
}

async function readRows(influx: Influx1Server): Promise<SendRow[]> {
  const rows = await influx.query(DATABASE, 'SELECT account_id, request_id, transport_time FROM ws_requests');
  return rows.map((row) => ({
    account_id: String(row['account_id']),
    request_id: String(row['request_id']),
    transport_time: Number(row['transport_time']),
  }));
}

async function connect(port: number, account: string): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${String(port)}/ws`, { headers: { 'Luna-Account-Id': account } });
  onTestFinished(() => {
    client.terminate();
  });
  await once(client, 'open');
  return client;
}

/**
 * The number that a share of some numbers is below.
 *
 * @param share - 0.5 for the median
 */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length * share)] ?? NaN;
}
