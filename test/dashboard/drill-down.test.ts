import { SubscribeRedisPoint, type LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { findBarriers, readTable, waitForText, waitUntil } from './browser.ts';
import { ends, failure, open, record, recordSample, repeat, requests, start } from './running-page.ts';

/** Two routes with a failure each, whose ids are known. */
async function recordFailures(monitoring: LunaRequestInfluxMonitoring): Promise<void> {
  // Not earlier: the page shows nothing from before the process, which may be two seconds old.
  const now = monitoring.now();
  await record(monitoring, [
    ...requests('/orders/:order', now, repeat(20, 0.01)),
    ...requests('/orders/:order', now, [0.75], 500, 'the-failed-order'),
    failure('/orders/:order', now, '11022', 'the-failed-order'),
    ...requests('/users', now, [0.2], 404, 'the-missing-user'),
    failure('/users', now, '404', 'the-missing-user'),
  ]);
}

const idsIn = (page: Page): Promise<string[]> =>
  page.locator('#drawer .events').first().locator('code').allTextContents();
const isOpen = "document.querySelector('#drawer').open";

describe('from a figure to the request', () => {
  it('leads in one click from the tile to the failures, in two to those of one code', async () => {
    const { monitoring, url } = await start();
    await recordFailures(monitoring);
    const { page, problems } = await open(url);
    await waitForText(page, '[data-tile=requests] .detail', '22 in all');
    await page.click('[data-tile=failed]');
    await waitUntil(page, "document.querySelectorAll('#drawer .events code').length >= 2");
    expect((await idsIn(page)).sort()).toEqual(['the-failed-order', 'the-missing-user']);
    await page.keyboard.press('Escape');
    await page.click('#errorCodes tbody tr:has-text("11022")');
    await waitUntil(page, "document.querySelectorAll('#drawer .events code').length >= 1");
    expect(await idsIn(page)).toEqual(['the-failed-order']);
    const cells = await page.locator('#drawer .events').first().locator('tbody td').allTextContents();
    expect(cells.slice(1, 5)).toEqual(['GET:/orders/:order', '500', '11022', '750 ms']);
    expect(await page.textContent('#drawer .tail code')).toContain('--series errors --tag error_code=11022');
    expect(problems).toEqual([]);
  });

  it('has an address of its own, and gives the focus back', async () => {
    const { monitoring, url } = await start();
    await recordFailures(monitoring);
    const { page } = await open(url);
    await waitUntil(page, "document.querySelectorAll('#routes tbody tr').length === 2");
    await page.focus('#routes tbody tr:has-text("/users") button');
    await page.keyboard.press('Enter');
    await waitUntil(page, isOpen);
    expect(new URL(page.url()).hash).toBe('#of=routes&key=GET%3A%2Fusers');
    const { page: shared } = await open(page.url());
    await waitUntil(shared, "document.querySelector('#drawer .events code')?.textContent === 'the-missing-user'");
    // All the way round, and back.
    for (let step = 0; step < 40; step += 1) {
      await page.keyboard.press(step < 30 ? 'Tab' : 'Shift+Tab');
      expect(await page.evaluate("document.querySelector('#drawer').contains(document.activeElement)")).toBe(true);
    }
    await page.keyboard.press('Escape');
    await waitUntil(page, `!${isOpen} && location.hash === ''`);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('GET:/users');
  });

  it('shows hostile keys as what they are', async () => {
    const { url } = await start();
    const { page, problems } = await open(`${url}#of=routes&key=${encodeURIComponent('<img src=x onerror=alert(1)>')}`);
    await waitUntil(page, isOpen);
    expect(await page.textContent('#drawer-title')).toContain('<img src=x onerror=alert(1)>');
    expect(await page.locator('img').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('has no barriers in the %s theme', async (colorScheme) => {
    const { monitoring, url } = await start();
    await recordFailures(monitoring);
    const { page } = await open(`${url}#of=failed`, { bypassCSP: true, colorScheme, reducedMotion: 'reduce' });
    await waitUntil(page, "document.querySelectorAll('#drawer .events code').length >= 2");
    expect(await findBarriers(page)).toEqual([]);
  });
});

describe('what is shown', () => {
  it('is only what is used, until it is asked for', async () => {
    const { monitoring, url } = await start();
    await recordFailures(monitoring);
    const { page } = await open(url);
    await waitForText(page, '[data-tile=requests] .detail', '22 in all');
    expect(await page.isHidden('#channels')).toBe(true);
    expect(await page.isHidden('[data-tile=redis]')).toBe(true);
    await page.click('#all-panels');
    expect(await page.isVisible('#channels')).toBe(true);
    await page.click('#all-panels');
    await record(monitoring, [new SubscribeRedisPoint({ channel: 'c', eventTime: monitoring.now(), requestId: 'r' })]);
    await waitUntil(page, "!document.querySelector('#channels').hidden");
  });

  it('is the process, by its pid, with the zone of its times', async () => {
    const { url } = await start();
    const { page } = await open(url, { timezoneId: 'Asia/Kolkata' });
    await waitForText(page, '#process', `pid ${String(process.pid)}`);
    expect(await page.textContent('#span')).toMatch(/ UTC\+5:30$/);
    await waitUntil(page, "/MiB/.test(document.querySelector('[data-tile=memory] .figure').textContent)");
  });

  it('is a part of the window where somebody drags, in tables too, and Escape leads back', async () => {
    const { monitoring, url } = await start();
    const now = Math.floor(monitoring.now());
    await record(monitoring, [...requests('/now', now - 2, [0.01]), ...requests('/before', now - 60, [0.01])]);
    const { page } = await open(url);
    await waitUntil(page, "document.querySelectorAll('#routes tbody tr').length === 2");
    await page.focus('[data-chart=requests]');
    for (let step = 0; step < 3; step += 1) await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Enter');
    await waitForText(page, '#connection', 'Paused');
    const address = new URL(page.url()).searchParams;
    expect(Number(address.get('at')) - Number(address.get('from'))).toBeLessThanOrEqual(15);
    await waitUntil(page, "document.querySelectorAll('#routes tbody tr').length === 1");
    expect((await readTable(page, 'routes'))[0]?.[0]).toBe('GET:/now');
    await page.keyboard.press('Escape');
    await waitForText(page, '#connection', 'Live');

    const box = await page.locator('[data-chart=requests] .u-over').boundingBox();
    if (box === null) throw new Error('there is a chart');
    await page.mouse.move(box.x + box.width * 0.3, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + 40, { steps: 4 });
    await page.mouse.up();
    await waitForText(page, '#connection', 'Paused');
    expect(new URL(page.url()).searchParams.has('from')).toBe(true);
  });

  it('tells 200 routes of one prefix apart, and says how many are below', async () => {
    const { monitoring, url } = await start();
    const prefix = '/api/v1/organizations/:organization/departments/:department/people/of-section-';
    await record(
      monitoring,
      Array.from({ length: 200 }, (_unused, index) =>
        requests(prefix + String(index), monitoring.now(), [0.01]),
      ).flat(),
    );
    const { page } = await open(url);
    await waitUntil(page, "document.querySelectorAll('#routes tbody tr').length === 200");
    const ends = await page.locator('#routes tbody .end').allTextContents();
    expect(new Set(ends).size).toBe(200);
    const isEndSeen = `[...document.querySelectorAll('#routes tbody .end span')].every((end) => {
      const cell = end.closest('th').getBoundingClientRect();
      return end.getBoundingClientRect().right <= cell.right + 1;
    })`;
    expect(await page.evaluate(isEndSeen)).toBe(true);
    await waitUntil(page, "/^1\\d\\d more below/.test(document.querySelector('#routes .cue').textContent)");
    const codes = Array.from({ length: 12 }, (_unused, index) => failure('/a', monitoring.now(), `E_${String(index)}`));
    await record(monitoring, codes);
    await waitForText(page, '#errorCodes h2 .count', '12');
    expect(await page.textContent('#errorCodes .cue')).toMatch(/^[1-9]\d? more below/);
    expect((await readTable(page, 'routes'))[0]?.[0]).toContain(prefix);
  });
});

it('brings rows up to date that come into sight, and by and by all others', async () => {
  const { monitoring, url } = await start();
  const recordAll = (): Promise<void> =>
    record(
      monitoring,
      Array.from({ length: 200 }, (_unused, index) =>
        requests(`/route-${String(index)}`, monitoring.now(), [0.01]),
      ).flat(),
    );
  await recordAll();
  const { page } = await open(url);
  await waitUntil(page, "document.querySelectorAll('#routes tbody tr').length === 200");
  // Until it is known which rows are in sight, all are.
  await waitForText(page, '#routes tbody tr:last-child td:nth-child(6)', '1');
  await recordAll();
  await waitForText(page, '#routes tbody td:nth-child(6)', '2');
  const inSight = await page.evaluate(`new Promise((resolve) => {
    const scroll = document.querySelector('#routes .scroll');
    scroll.scrollTop = scroll.scrollHeight;
    let frames = 0;
    const look = () => {
      frames += 1;
      if (frames < 6) return requestAnimationFrame(look);
      const rows = [...scroll.querySelectorAll('tbody tr')].slice(-5);
      resolve(rows.map((row) => row.cells[5].textContent));
    };
    look();
  })`);
  expect(inSight).toEqual(repeat(5, 2).map(String));
  const counts = "[...document.querySelectorAll('#routes tbody td:nth-child(6)')].map((cell) => cell.textContent)";
  await waitUntil(page, `${counts}.every((text) => text === '2')`, `String(${counts})`);
});

/** Where something stands on a line. */
interface Extent {
  readonly left: number;
  readonly right: number;
  readonly width: number;
}

describe('names', () => {
  it('that begin with right-to-left text keep their start in sight', async () => {
    const { monitoring, url } = await start();
    const channel = `שלום-${'ערוץ'.repeat(30)}-123`;
    await record(monitoring, [new SubscribeRedisPoint({ channel, eventTime: monitoring.now(), requestId: 'r' })]);
    const { page } = await open(url);
    await waitUntil(page, "document.querySelectorAll('#channels tbody tr').length === 1");
    // Where the first and the last letter stand, within what can be seen of the cell.
    const [first, cell] = await page.evaluate<readonly [Extent, Extent]>(`(() => {
      const row = document.querySelector('#channels tbody tr');
      const nodes = document.createTreeWalker(row.cells[0], NodeFilter.SHOW_TEXT);
      const range = document.createRange();
      range.setStart(nodes.nextNode(), 0);
      range.setEnd(nodes.currentNode, 1);
      return [range.getBoundingClientRect().toJSON(), row.cells[0].getBoundingClientRect().toJSON()];
    })()`);
    expect(first.width).toBeGreaterThan(0);
    expect(first.left).toBeGreaterThanOrEqual(cell.left);
    expect(first.right).toBeLessThanOrEqual(cell.right);
    expect((await readTable(page, 'channels'))[0]?.[2]).toBe('1');
  });
});

describe('on a phone', () => {
  it('has cards, tiles in one row, and targets of 44 pixels', async () => {
    const { monitoring, url } = await start();
    await recordSample(monitoring);
    const { page } = await open(url, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await waitForText(page, '[data-tile=requests] .detail', '125 in all');
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    const tops = await page.evaluate(
      "[...new Set([...document.querySelectorAll('.tile')].map((tile) => Math.round(tile.getBoundingClientRect().top)))]",
    );
    expect(tops).toHaveLength(1);
    expect(await page.evaluate("document.querySelector('.chart').getBoundingClientRect().top < 400")).toBe(true);
    const small = `[...document.querySelectorAll('button, a.button, input, .choice span')]
      .filter((target) => target.getClientRects().length > 0 && !target.closest('.tile'))
      .filter((target) => { const { height, width } = target.getBoundingClientRect(); return height < 44 || width < 44; })
      .map((target) => target.outerHTML.slice(0, 80))`;
    expect(await page.evaluate(small)).toEqual([]);
  });
});

it('sends little a second with 200 routes that all change', async () => {
  const { monitoring, url } = await start();
  const traffic = setInterval(() => {
    const now = monitoring.now();
    monitoring.addPoints(
      Array.from({ length: 200 }, (_unused, index) =>
        requests(`/route-${String(index)}`, now, [0.001 * (1 + (index % 50))]),
      ).flat(),
    );
  }, 500);
  ends.push(() => {
    clearInterval(traffic);
    return Promise.resolve();
  });
  const { page } = await open(url);
  await waitUntil(page, "document.querySelectorAll('#routes tbody tr').length === 200");
  const session = await page.context().newCDPSession(page);
  const sizes: number[] = [];
  // One message is what is sent in a second, however late it comes.
  const haveCome = new Promise<void>((resolve) => {
    session.on('Network.eventSourceMessageReceived', ({ data, eventName }) => {
      if (eventName === 'tick') sizes.push(Buffer.byteLength(data));
      if (sizes.length === 10) resolve();
    });
  });
  await session.send('Network.enable');
  await haveCome;
  // All routes changed in some of them.
  expect(Math.max(...sizes)).toBeGreaterThan(200 * 30);
  expect(Math.max(...sizes)).toBeLessThan(32 * 1024);
});

it('asks for nothing while its tab is hidden', async () => {
  const { url } = await start();
  const { page } = await open(url);
  await waitForText(page, '#connection', 'Live');
  const hide = (isHidden: boolean): Promise<unknown> =>
    page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, value: ${String(isHidden)} });
      document.dispatchEvent(new Event('visibilitychange'));`);
  const streamEnds = page.waitForEvent('requestfailed', (request) => request.url().includes('/stream'));
  await hide(true);
  await streamEnds;
  const streamBegins = page.waitForRequest((request) => request.url().includes('/stream'));
  await hide(false);
  await streamBegins;
  await waitForText(page, '#connection', 'Live');
});
