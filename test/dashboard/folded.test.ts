import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { describe, expect, it } from 'vitest';
import { readTable, readTile, waitForSlotAfter, waitForText, waitUntil } from './browser.ts';
import { open, recordSample, start } from './running-page.ts';

const PERIOD_SECONDS = 2;

describe('the page of a service that folds its events', () => {
  it('counts what was sent, and leads to the slowest request of a period', async () => {
    const { monitoring, url } = await start(
      new LunaRequestInfluxMonitoring({
        aggregate: { series: ['requests', 'ws_requests', 'redis_message'], periodSeconds: PERIOD_SECONDS },
      }),
    );
    const now = monitoring.now();
    await recordSample(monitoring, now);
    expect(monitoring.stats().folded).toBe(143);
    const { page, problems } = await open(url);
    await waitForText(page, '[data-tile=requests] .detail', '125 in all');
    const routes = await readTable(page, 'routes');
    expect(routes.map((row) => row.toSpliced(1, 1))).toEqual([
      // Those of the summary, within 1 % of 1 and 20 ms, and the page's rounding.
      ['GET:/quick', '1.00 ms', '20.2 ms', '20.2 ms', '100', '0', '0 %', '200'],
      ['GET:/slow', '2.01 s', '2.01 s', '2.01 s', '25', '5', '20.0 %', '200'],
    ]);
    expect((await readTable(page, 'accounts'))[0]?.[5]).toBe('7');
    expect((await readTable(page, 'channels'))[0]?.[2]).toBe('11');
    expect((await readTile(page, 'redis'))[1]).toBe('11 in all');
    // Until the period is over, its seconds are not said to be without requests.
    await waitForSlotAfter(page, now + 2 * PERIOD_SECONDS);
    await page.locator('article.chart', { hasText: 'Requests a second' }).locator('.as-table').click();
    const counts = await page.locator('article.chart').first().locator('tbody td:nth-child(2)').allTextContents();
    expect(counts[0]).toBe('–');
    expect(counts.reduce((sum, count) => sum + (Number(count) || 0), 0)).toBe(125);
    await waitForText(page, '[data-tile=failed] .detail', '5xx 5 · 4xx 0 · 499 0');

    await page.click('#routes tbody tr:has-text("/slow")');
    const ids = "[...document.querySelectorAll('#drawer .events')].at(-1)?.querySelectorAll('code').length";
    await waitUntil(page, `${ids} === 2`, ids);
    const slowest = await page
      .locator('#drawer .events')
      .last()
      .locator('tbody tr')
      .first()
      .locator('td')
      .allTextContents();
    expect(slowest[0]).toMatch(/^\d\d:\d\d:\d\d \+2 s$/);
    expect(slowest.slice(2, 3)).toEqual(['2.00 s']);
    expect(problems).toEqual([]);
  });
});
