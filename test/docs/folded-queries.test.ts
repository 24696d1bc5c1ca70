import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LunaRequestInfluxMonitoring, RequestMonitoringPoint } from '@influx-monitoring/core';
import { startInflux1, startVictoriaMetrics } from '@influx-monitoring/test-servers';
import { expect, it, onTestFinished } from 'vitest';
import { ROOT } from './snippets.ts';

const PAGE = readFileSync(join(ROOT, 'docs', 'data-model.md'), 'utf8');
const AGGREGATE = { buckets: [1], series: ['requests'] } as const;

/** The query that the page has in a language. */
function queryIn(language: string): string {
  const [, query = ''] = new RegExp(`\\n\`\`\`${language}\\n([^\`]+)\\n\`\`\``).exec(PAGE) ?? [];
  return query;
}

/** Two processes' worth of periods: 30 of 40 requests took at most a second. */
async function recordRequests(url: string): Promise<void> {
  for (const slowCount of [10, 0]) {
    const monitoring = new LunaRequestInfluxMonitoring({ aggregate: AGGREGATE, credentials: { dbName: 'shop' }, url });
    const request = { method: 'GET', requestId: 'x', resource: '/', service: 'shop', statusCode: 200 };
    for (let event = 0; event < 20; event += 1) {
      const executionTime = event < slowCount ? 2 : 0.5;
      monitoring.addPoints([new RequestMonitoringPoint({ ...request, executionTime, requestTime: monitoring.now() })]);
    }
    await monitoring.stop();
  }
}

it('the share of fast requests, by InfluxQL', async () => {
  const influx = await startInflux1();
  onTestFinished(() => influx.stop());
  await influx.createDatabase('shop');
  await recordRequests(influx.url);
  const rows = await influx.query('shop', queryIn('sql'));
  expect(rows.map((row) => row['sum_sum'] ?? Object.values(row).at(-1))).toEqual([0.75]);
});

it('the share of fast requests, by MetricsQL', async () => {
  const victoria = await startVictoriaMetrics(['-search.latencyOffset=0s']);
  onTestFinished(() => victoria.stop());
  await recordRequests(victoria.url);
  await fetch(`${victoria.url}/internal/force_flush`);
  const url = `${victoria.url}/api/v1/query?${new URLSearchParams({ query: queryIn('promql') }).toString()}`;
  const shares = async (): Promise<number[]> => {
    // As its API documents it.
    const answer = (await (await fetch(url)).json()) as { data: { result: { value: [number, string] }[] } };
    return answer.data.result.map(({ value }) => Number(value[1]));
  };
  // VictoriaMetrics shows queries what it has taken a moment later, now and then also after that flush.
  await expect.poll(shares, { timeout: 20_000 }).toEqual([0.75]);
});
