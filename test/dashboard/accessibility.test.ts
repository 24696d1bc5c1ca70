import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { findBarriers, waitForText, waitUntil } from './browser.ts';
import { failure, open, record, recordSample, requests, start } from './running-page.ts';

/** More than there are to tab through before what is looked for. */
const MAX_TABS = 60;

async function tabUntil(page: Page, condition: string): Promise<void> {
  for (let step = 0; step < MAX_TABS; step += 1) {
    if (await page.evaluate(condition)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${String(MAX_TABS)} times Tab did not lead to ${condition}`);
}

describe('the page on the keyboard alone', () => {
  it('leads from the failed tile to the request id, and back', async () => {
    const { monitoring, url } = await start();
    const now = monitoring.now();
    await record(monitoring, [
      ...requests('/orders', now, [0.75], 500, 'the-failed-order'),
      failure('/orders', now, '11022', 'the-failed-order'),
    ]);
    const { page, problems } = await open(url);
    await waitForText(page, '[data-tile=requests] .detail', '1 in all');
    await tabUntil(page, "document.activeElement.closest('[data-tile=failed]') !== null");
    await page.keyboard.press('Enter');
    await waitUntil(page, "document.querySelector('#drawer .events code')?.textContent === 'the-failed-order'");
    await tabUntil(page, "document.activeElement.closest('#drawer .events td') !== null");
    const cell = "document.activeElement.closest('td').querySelector('code').textContent";
    expect(await page.evaluate(cell)).toBe('the-failed-order');
    await page.keyboard.press('Escape');
    await waitUntil(page, "!document.querySelector('#drawer').open");
    expect(await page.evaluate("document.activeElement.closest('[data-tile=failed]') !== null")).toBe(true);
    expect(problems).toEqual([]);
  });
});

describe.each(['light', 'dark'] as const)('the page in the %s theme', (colorScheme) => {
  it.each([
    [390, 844],
    [1440, 900],
    [2560, 1440],
  ])('has no barriers on %i x %i pixels', async (width, height) => {
    const { monitoring, url } = await start();
    await recordSample(monitoring);
    const { page } = await open(url, {
      bypassCSP: true,
      colorScheme,
      reducedMotion: 'reduce',
      viewport: { width, height },
    });
    await waitForText(page, '[data-tile=requests] .detail', '125 in all');
    await waitUntil(page, "document.querySelectorAll('#subscriptionErrors tbody tr').length === 1");
    expect(await findBarriers(page)).toEqual([]);
  });
});
