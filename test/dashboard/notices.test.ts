import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { describe, expect, it } from 'vitest';
import { waitForText } from './browser.ts';
import { open, record, requests, SILENT, start } from './running-page.ts';

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

  it('say how the figures of folded series are to be read', async () => {
    const { url } = await start(new LunaRequestInfluxMonitoring({ aggregate: { series: ['requests'] } }));
    const { page, problems } = await open(url);
    await waitForText(
      page,
      '#folded',
      'Folded (aggregate): requests. Figures come every 10 s and are spread evenly over these; counts are exact, ' +
        'percentiles of several summaries estimates. Single events are listed if they failed or were slow.',
    );
    expect(await page.locator('#folded').isVisible()).toBe(true);
    expect(problems).toEqual([]);
  });
});
