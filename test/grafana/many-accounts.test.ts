import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DASHBOARDS } from '../../grafana/source/index.ts';
import type { RealInflux } from '../real/servers/real-influx.ts';
import { startInflux } from './influx.ts';
import { interpolate, type Selection } from './interpolate.ts';

const DATABASE = 'fanout';
const ACCOUNT_COUNT = 10_000;
const TOP_COUNT = 10;
const MAX_ANSWER_BYTES = 1_000_000;
/** An hour, at the interval that Grafana takes for a panel of 720 pixels. */
const INTERVAL_MS = 10_000;

describe('the dashboard of messages, with 10,000 accounts', () => {
  const toMs = Date.now();
  const range = { fromMs: toMs - 3_600_000, toMs, intervalMs: INTERVAL_MS };
  let influx: RealInflux;

  beforeAll(async () => {
    influx = await startInflux();
    await influx.createDatabase(DATABASE);
    for (let first = 0; first < ACCOUNT_COUNT; first += 5000) await write(first, first + 5000);
  });

  afterAll(() => influx.stop());

  /** Account n has sends and messages by its number: the last ten have most. */
  async function write(from: number, end: number): Promise<void> {
    const lines: string[] = [];
    for (let account = from; account < end; account += 1) {
      for (let event = 0; event <= Number(account >= ACCOUNT_COUNT - TOP_COUNT); event += 1) {
        const nanoseconds = `${String(toMs - 60_000 + event)}${String(account).padStart(6, '0')}`;
        lines.push(
          `ws_requests,service=sender,account_id=account-${String(account)} request_id="x",transport_time=0.01 ${nanoseconds}`,
          `redis_message,service=sender,chanel=channel-${String(account)} request_id="x" ${nanoseconds}`,
        );
      }
    }
    expect((await influx.write(DATABASE, lines.join('\n'))).status).toBe(204);
  }

  async function topOf(variable: string, selection: Selection): Promise<string[]> {
    const query = DASHBOARDS['messages.json'].templating.list?.find(({ name }) => name === variable)?.query;
    if (typeof query !== 'string') throw new Error(`the dashboard has no list ${variable}`);
    const rows = await influx.query(DATABASE, interpolate(query, selection, range));
    return rows.map((row) => String(row['account_id'] ?? row['chanel']));
  }

  async function selectionOf(search: string): Promise<Selection> {
    const base = { service: { all: '.*' }, account_search: [search], channel_search: [''] };
    return { ...base, account: await topOf('account', base), channel: await topOf('channel', base) };
  }

  it('lists the ten busiest', async () => {
    const { account } = await selectionOf('');
    const busiest = Array.from({ length: TOP_COUNT }, (_, index) => `account-${String(ACCOUNT_COUNT - 1 - index)}`);
    expect([...(account as string[])].sort()).toEqual(busiest.sort());
  });

  it('finds one among all by a part of its id', async () => {
    const { account } = await selectionOf('account-123');
    expect(account).toHaveLength(TOP_COUNT);
    for (const each of account as string[]) expect(each).toMatch(/^account-123/);
  });

  it.each(DASHBOARDS['messages.json'].panels?.map((panel) => [String(panel.title), panel] as const) ?? [])(
    '%s: its answers stay below 1 MB, with all others in one line',
    async (_title, panel) => {
      const selection = await selectionOf('');
      // The series subscription_error has nothing here: its panel is empty, and small.
      const targets: readonly unknown[] = 'targets' in panel ? (panel.targets ?? []) : [];
      for (const target of targets) {
        // A target of ours: grafana/source/target.ts.
        const { query } = target as { readonly query: string };
        const text = interpolate(query, selection, range);
        // Each row has its tags, so that this is no shorter than what InfluxDB answered.
        const rows = await influx.query(DATABASE, text);
        expect(JSON.stringify(rows.map(Object.values)).length, text).toBeLessThan(MAX_ANSWER_BYTES);
      }
    },
  );
});
