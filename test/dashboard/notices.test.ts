import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { describe, expect, it } from 'vitest';
import { waitForText } from './browser.ts';
import { open, record, repeat, requests, SILENT, start } from './running-page.ts';

describe('the notices of the page', () => {
  it('are none where no tag has too many values and nothing is folded', async () => {
    const { monitoring, url } = await start();
    await record(monitoring, requests('/a', monitoring.now(), [0.001]));
    const { page } = await open(url);
    await waitForText(page, '[data-tile=requests] .detail', '1 in all');
    expect(await page.locator('#overflow, #folded').filter({ visible: true }).count()).toBe(0);
  });

  it('name the tags whose values are recorded as "other"', async () => {
    const { monitoring, url } = await start(
      new LunaRequestInfluxMonitoring({ delivery: { logger: SILENT }, maxTagValues: 2 }),
    );
    const now = monitoring.now();
    await record(
      monitoring,
      ['/a', '/b', '/c'].flatMap((resource) => requests(resource, now, [0.001])),
    );
    const { page, problems } = await open(url);
    await waitForText(
      page,
      '#overflow',
      'Too many values of tags: requests.route. New values are recorded as “other” until the service restarts. ' +
        'Look for ids in the tag; raise maxTagValues, or set tagBuckets for it.',
    );
    expect(await page.locator('#overflow').isVisible()).toBe(true);
    expect(problems).toEqual([]);
  });

  it('say how many events the page does not count, since they are folded', async () => {
    const { monitoring, url } = await start(new LunaRequestInfluxMonitoring({ aggregate: { series: ['requests'] } }));
    await record(monitoring, requests('/a', monitoring.now(), repeat(25, 0.001)));
    const { page, problems } = await open(url);
    await waitForText(
      page,
      '#folded',
      'Not all is counted here: 25 events were folded into summaries (aggregate), which this page does not show. ' +
        'Rates and percentiles are of the other points; see Grafana, or "influx-monitoring tail".',
    );
    expect(await page.locator('#folded').isVisible()).toBe(true);
    expect(problems).toEqual([]);
  });
});
