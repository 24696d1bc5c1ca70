import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { waitForSlotAfter, waitForText, waitUntil } from './browser.ts';
import { open, record, repeat, requests, start } from './running-page.ts';

/** A row of cells of the heat map, in pixels from the top of the chart; how strong it is goes to 255. */
interface Band {
  readonly top: number;
  readonly height: number;
  readonly strength: number;
}

/** Finds in a chart what is painted in the heat map's colour. */
const FIND_BANDS = `(() => {
  const canvas = document.querySelector('[data-chart=execution-time] canvas');
  if (canvas === null) return [];
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const wanted = getComputedStyle(document.documentElement).getPropertyValue('--heat');
  const parts = wanted.match(/[0-9a-f]{2}/gi).map((part) => parseInt(part, 16));
  const bands = [];
  for (let y = 0; y < canvas.height; y += 1) {
    let strength = 0;
    for (let x = 0; x < canvas.width; x += 1) {
      const at = (y * canvas.width + x) * 4;
      // What is painted thinly has its colour roughly.
      if (data[at + 3] > 15 && parts.every((part, index) => Math.abs(part - data[at + index]) < 10))
        strength = Math.max(strength, data[at + 3]);
    }
    const last = bands.at(-1);
    if (strength === 0) continue;
    if (last !== undefined && last.top + last.height === y) {
      last.height += 1;
      last.strength = Math.max(last.strength, strength);
    } else bands.push({ top: y, height: 1, strength });
  }
  return bands;
})()`;

/** Seconds of four durations, each ten times the one before, with ever fewer requests. */
const SPREAD = [...repeat(1000, 0.0013), ...repeat(100, 0.013), ...repeat(10, 0.13), 1.3];

async function bandsOf(page: Page): Promise<readonly Band[]> {
  await waitUntil(page, `${FIND_BANDS}.length === 4`, `JSON.stringify(${FIND_BANDS})`);
  return await page.evaluate<readonly Band[]>(FIND_BANDS);
}

describe('the chart of durations', () => {
  it.each(['light', 'dark'] as const)(
    'has a heat map on a logarithmic scale, the stronger the more, in the %s theme',
    async (colorScheme) => {
      const { monitoring, url } = await start();
      const now = monitoring.now();
      await record(monitoring, requests('/a', now, SPREAD));
      // Without its lines.
      const { page, problems } = await open(`${url}?window=5&series=requests`, { colorScheme });
      await waitForSlotAfter(page, now);
      const bands = await bandsOf(page);
      const steps = bands.slice(1).map(({ top }, index) => top - (bands[index]?.top ?? 0));
      // Each power of ten has the same height, and each span a quarter of that.
      for (const step of steps) expect(Math.abs(step - (steps[0] ?? 0))).toBeLessThanOrEqual(1);
      for (const { height } of bands) expect(Math.abs(height - (steps[0] ?? 0) / 4)).toBeLessThanOrEqual(2);
      // The longest is at the top.
      const strengths = bands.map(({ strength }) => strength);
      expect(strengths).toEqual(strengths.toSorted((a, b) => a - b));
      expect(new Set(strengths).size).toBe(4);
      expect(problems).toEqual([]);
    },
  );
});

describe('the charts', () => {
  it('begin with the process where that is younger than the window', async () => {
    const { monitoring, url } = await start();
    await record(monitoring, requests('/a', monitoring.now(), [0.01]));
    const { page } = await open(url);
    await waitForText(page, '#connection', 'Live');
    await page.keyboard.press('Space');
    await waitForText(page, '#connection', 'Paused');
    await page.focus('[data-chart=requests]');
    // 15 minutes, were there so many.
    for (let minute = 0; minute < 15; minute += 1) await page.keyboard.press('PageUp');
    const began = new Date(Math.floor(performance.timeOrigin)).toLocaleTimeString('en-GB');
    expect(await page.textContent('#announcement')).toMatch(new RegExp(`^${began}: all `));
    expect(await page.textContent('#span')).toMatch(new RegExp(`^${began} – `));
  });
});
