import { ErrorPoint, LunaRequestInfluxMonitoring, SubscribeRedisPoint, WSRequestPoint } from '@influx-monitoring/core';
import { monitoringDashboard } from '@influx-monitoring/dashboard';
import { startInflux1 } from '@influx-monitoring/test-servers';
import type { Request } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { findBarriers, readTable, readTile, waitForSlotAfter, waitForText, waitUntil } from './browser.ts';
import {
  ends,
  failure,
  open,
  record,
  recordSample,
  repeat,
  requests,
  SILENT,
  start,
  theBrowser,
} from './running-page.ts';

describe('the page', () => {
  it('shows the figures of the points that were recorded', async () => {
    const { monitoring, url } = await start();
    await recordSample(monitoring);
    const { page, problems } = await open(url);
    await waitForText(page, '[data-tile=requests] .detail', '125 in all');

    const routes = await readTable(page, 'routes');
    expect(routes.map((row) => row.toSpliced(1, 1))).toEqual([
      ['GET:/quick', '1.00 ms', '20.1 ms', '20.1 ms', '100', '0', '0 %', '200'],
      // An HdrHistogram gives the upper end of a bin: above what was recorded by less than 0.8 %.
      ['GET:/slow', '2.01 s', '2.01 s', '2.01 s', '25', '5', '20.0 %', '500'],
    ]);
    expect((await readTable(page, 'errorCodes'))[0]?.toSpliced(2, 1).slice(0, 3)).toEqual(['11022', '5', 'GET:/slow']);
    expect((await readTable(page, 'accounts'))[0]?.toSpliced(1, 1)).toEqual([
      'account-1',
      '4.01 ms',
      '4.01 ms',
      '4.01 ms',
      '7',
    ]);
    expect((await readTable(page, 'channels'))[0]?.[0]).toBe('luna-sender:account-1');
    expect((await readTable(page, 'channels'))[0]?.[2]).toBe('11');
    expect((await readTable(page, 'subscriptionErrors'))[0]?.slice(0, 2)).toEqual(['29004', '3']);
    // Counts by status are of whole seconds, so they come up to one after the totals.
    await waitForText(page, '[data-tile=failed] .detail', '5xx 5 · 4xx 0 · 499 0');
    expect((await readTile(page, 'failed'))[0]).toBe('4 %');
    expect((await readTile(page, 'transport'))[0]).toBe('4.01 ms');
    expect((await readTile(page, 'subscription'))[0]).toBe('3');
    expect(await page.textContent('[data-figure=recorded]')).toBe(String(monitoring.stats().recorded));
    expect(problems).toEqual([]);
  });

  it('counts what its own charts draw', async () => {
    const { monitoring, url } = await start();
    const now = monitoring.now();
    await recordSample(monitoring, now);
    // Of lines that lie on each other the last is seen.
    const { page, problems } = await open(`${url}?window=5&series=requests`);
    await waitForSlotAfter(page, now);
    await waitUntil(
      page,
      `[...document.querySelectorAll('[data-chart=requests] canvas')].some((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const wanted = getComputedStyle(document.documentElement).getPropertyValue('--series-1');
      const [red, green, blue] = wanted.match(/[0-9a-f]{2}/gi).map((part) => parseInt(part, 16));
      let count = 0;
      for (let index = 0; index < data.length; index += 4)
        if (data[index] === red && data[index + 1] === green && data[index + 2] === blue) count += 1;
      return count > 20;
    })`,
    );
    await page.locator('article.chart', { hasText: 'Requests a second' }).locator('.as-table').click();
    const rows = await page.locator('article.chart').first().locator('tbody tr').allTextContents();
    expect(rows.some((row) => row.endsWith('1251200050'))).toBe(true);
    expect(problems).toEqual([]);
  });

  it('shows what is recorded while it is open', async () => {
    const { monitoring, url } = await start();
    const { page } = await open(url);
    await waitForText(page, '#connection', 'Live');
    expect(await page.locator('#routes .empty').textContent()).toBe('No request yet.');
    await record(monitoring, requests('/live', monitoring.now(), repeat(3, 0.01)));
    await waitForText(page, '#routes tbody th', 'GET:/live');
    await record(monitoring, requests('/live', monitoring.now(), repeat(4, 0.01)));
    await waitForText(page, '#routes tbody td:nth-child(6)', '7');
  });

  it('sorts and searches the routes, and has both in its address', async () => {
    const { monitoring, url } = await start();
    const now = monitoring.now();
    await record(monitoring, [
      ...requests('/b', now, repeat(1, 0.3)),
      ...requests('/a', now, repeat(3, 0.1)),
      ...requests('/c', now, repeat(2, 0.2)),
    ]);
    const { page } = await open(url);
    const order = async (): Promise<(string | undefined)[]> => (await readTable(page, 'routes')).map(([key]) => key);
    await waitUntil(page, "document.querySelectorAll('#routes tbody tr').length === 3");
    expect(await order()).toEqual(['GET:/a', 'GET:/c', 'GET:/b']);
    await page.click('#routes [data-sort=p99]');
    expect(await order()).toEqual(['GET:/b', 'GET:/c', 'GET:/a']);
    expect(await page.locator('#routes th[aria-sort]').getAttribute('aria-sort')).toBe('descending');
    await page.click('#routes [data-sort=p99]');
    expect(await order()).toEqual(['GET:/a', 'GET:/c', 'GET:/b']);
    await page.fill('#routes input', '/C');
    expect(await order()).toEqual(['GET:/c']);
    expect(await page.textContent('#routes h2 .count')).toBe('1 of 3');
    const address = new URL(page.url()).searchParams;
    expect(Object.fromEntries(address)).toMatchObject({ sort: 'p99', direction: 'ascending', search: '/C' });

    const { page: shared } = await open(page.url());
    await waitForText(shared, '#routes h2 .count', '1 of 3');
    expect(await shared.inputValue('#routes input')).toBe('/C');
    const csv = await shared.locator('#routes a').getAttribute('href');
    const exported = await (await fetch(new URL(csv ?? '', url))).text();
    expect(exported.split('\r\n').map((line) => line.split(',')[0])).toEqual(['route', 'GET:/c', '']);
  });

  it('stands still when it is paused, for everybody who is sent its address, and goes on', async () => {
    const { monitoring, url } = await start();
    await record(monitoring, requests('/a', monitoring.now() - 6, repeat(3, 0.01)));
    const { page } = await open(`${url}?window=5`);
    await waitForText(page, '#routes tbody td:nth-child(6)', '3');
    await page.keyboard.press('Space');
    await waitForText(page, '#connection', 'Paused');
    expect(new URL(page.url()).searchParams.get('at')).toMatch(/^\d+$/);
    await record(monitoring, requests('/b', monitoring.now(), repeat(5, 0.01)));
    const { page: shared } = await open(page.url());
    await waitForText(shared, '#connection', 'Paused');
    await waitForText(shared, '#routes tbody td:nth-child(6)', '3');
    expect(await readTable(shared, 'routes')).toEqual(await readTable(page, 'routes'));
    expect(await shared.textContent('#span')).toBe(await page.textContent('#span'));

    await page.click('#pause');
    await waitForText(page, '#connection', 'Live');
    await waitUntil(page, "document.querySelectorAll('#routes tbody tr').length === 2");
    expect(new URL(page.url()).searchParams.get('at')).toBeNull();
  });

  it('goes on by itself when the address is of a time that is forgotten', async () => {
    const { url } = await start();
    const { page } = await open(`${url}?at=1000000000`);
    await waitForText(page, '#connection', 'Live');
    expect(await page.textContent('#notice')).toContain('no longer in memory');
  });

  it('hides lines of its charts, and has that in its address', async () => {
    const { monitoring, url } = await start();
    await recordSample(monitoring);
    const { page } = await open(url);
    await waitForText(page, '#connection', 'Live');
    await page.click('[data-series=execution-p50]');
    expect(await page.getAttribute('[data-series=execution-p50]', 'aria-pressed')).toBe('false');
    const { page: shared } = await open(page.url());
    await waitForText(shared, '#connection', 'Live');
    expect(await shared.getAttribute('[data-series=execution-p50]', 'aria-pressed')).toBe('false');
    expect(await shared.getAttribute('[data-series=execution-p95]', 'aria-pressed')).toBe('true');
  });

  it('tells the values under the cursor, moved by the mouse or by arrow keys', async () => {
    const { monitoring, url } = await start();
    // Not before now: the process may be younger than that, and of the time before it nothing is shown.
    const now = monitoring.now();
    await recordSample(monitoring, now);
    const { page } = await open(`${url}?window=5`);
    const legend = '[data-series=requests] output';
    await waitForSlotAfter(page, now);
    // What stands still can be walked through.
    await page.keyboard.press('Space');
    await waitForText(page, '#connection', 'Paused');
    const [from, to] = (await page.textContent('#span'))?.split(' – ') ?? [];
    expect(from).not.toBe(to);
    await waitForText(page, '#span', `${String(from)} – ${String(to)}`);
    await page.focus('[data-chart=requests]');
    // To the last second, and left, second by second, to the one in which everything happened.
    await page.keyboard.press('ArrowRight');
    for (let step = 0; step < 12 && (await page.textContent(legend)) !== '125'; step += 1) {
      await page.keyboard.press('ArrowLeft');
    }
    expect(await page.textContent(legend)).toBe('125');
    expect(await page.textContent('#announcement')).toMatch(
      /^\d\d:\d\d:\d\d: all 125, 2xx 120, 3xx 0, 4xx 0, 5xx 5, 499 0$/,
    );
    // All charts share the cursor.
    expect(await page.textContent('[data-series=redis] output')).toBe('11');
    await page.hover('[data-chart=requests]', { position: { x: 100, y: 60 } });
    await waitForText(page, legend, '0');
    expect(await page.textContent('[data-series=redis] output')).toBe('0');
  });
});

describe('when the service restarts', () => {
  it('says so, comes back by itself, and shows the new process', async () => {
    const { monitoring, server, url } = await start();
    await record(monitoring, requests('/before', monitoring.now(), [0.01]));
    const { page, problems } = await open(url);
    await waitForText(page, '#routes tbody th', 'GET:/before');
    await server.stop();
    await waitForText(page, '#connection', 'No connection');
    expect(await readTable(page, 'routes')).toHaveLength(1);

    const next = new LunaRequestInfluxMonitoring({ service: 'second' });
    ends.push(() => next.stop());
    await record(next, requests('/after', next.now(), [0.01]));
    await server.restart(monitoringDashboard({ monitoring: next }));
    await waitForText(page, '#connection', 'Live');
    await waitForText(page, '#routes tbody th', 'GET:/after');
    expect(await page.textContent('#service')).toBe('second');
    expect(problems).toEqual([]);
  });

  it('asks again where it was refused', async () => {
    const monitoring = new LunaRequestInfluxMonitoring();
    const { server, url } = await start(monitoring);
    const { page } = await open(url);
    await waitForText(page, '#connection', 'Live');
    // The monitoring stops before its server does: its streams end, and new ones are refused with 503.
    await monitoring.stop();
    await waitForText(page, '#connection', 'Stopped');
    await page.waitForResponse((response) => response.status() === 503);
    await server.stop();
    const next = new LunaRequestInfluxMonitoring();
    ends.push(() => next.stop());
    await server.restart(monitoringDashboard({ monitoring: next }));
    await waitForText(page, '#connection', 'Live');
  });
});

describe('when the database is away', () => {
  it('shows it as it happens, and what became of the points', async () => {
    const influx = await startInflux1();
    ends.push(() => influx.stop());
    await influx.createDatabase('luna');
    const monitoring = new LunaRequestInfluxMonitoring({
      credentials: { dbName: 'luna' },
      delivery: { logger: SILENT, maxRetryDelayMs: 500 },
      host: '127.0.0.1',
      port: influx.port,
    });
    const { url } = await start(monitoring);
    await record(monitoring, requests('/a', monitoring.now(), repeat(4, 0.01)));
    const { page } = await open(url);
    await waitForText(page, '[data-tile=delivery] .figure', '● OK');
    await waitForText(page, '[data-figure=delivered]', '4');
    expect(await page.textContent('[data-figure=destination]')).toBe('InfluxDB');

    await influx.kill();
    await record(monitoring, requests('/a', monitoring.now(), repeat(3, 0.01)));
    await waitForText(page, '[data-tile=delivery] .figure', '◔ Waiting');
    await waitForText(page, '[data-figure=pending]', '3');
    // The view of the process goes on meanwhile.
    await waitForText(page, '#routes tbody td:nth-child(6)', '7');
    expect(await page.textContent('[data-figure=error]')).not.toBe('none');
    expect(await page.getAttribute('#delivery', 'data-state')).toBe('waiting');
    expect(await page.title()).toContain('⚠');

    await influx.restart();
    await waitForText(page, '[data-tile=delivery] .figure', '● OK');
    await waitForText(page, '[data-figure=delivered]', '7');
    expect(await page.textContent('[data-figure=pending]')).toBe('0');
  });
});

describe('hostile names', () => {
  const HOSTILE = [
    '<img src=x onerror="alert(1)">',
    '"><script>alert(1)</script>',
    '</td></tr></table><h1 onmouseover=alert(1)>x',
    'javascript:alert(1)',
    '\u202Egnp.exe\u202D and back',
    'a\nb\r\tc\0d',
    '__proto__',
    'constructor',
    '=cmd|calc',
    'ÆØÅ 😀 '.repeat(60),
    'x'.repeat(500),
    ' ',
  ];

  it('are shown as what they are: no script runs, nothing is out of place', async () => {
    const { monitoring, url } = await start();
    const now = monitoring.now();
    await record(
      monitoring,
      HOSTILE.flatMap((name) => [
        ...requests(name, now, [0.01], 500),
        failure(name, now, name),
        new WSRequestPoint({ accountId: name, eventTime: now, requestId: name, transportTime: 0.1 }),
        new SubscribeRedisPoint({ channel: name, eventTime: now, requestId: name }),
        new ErrorPoint({ errorCode: name, eventTime: now }),
      ]),
    );
    const { page, problems } = await open(url);
    await waitUntil(page, `document.querySelectorAll('#routes tbody tr').length === ${String(HOSTILE.length)}`);
    const names = (await readTable(page, 'routes')).map(([key]) => key);
    expect(names).toContain('GET:<img src=x onerror="alert(1)">');
    expect(names).toContain('GET:"><script>alert(1)</script>');
    expect((await readTable(page, 'channels')).map(([key]) => key)).toContain('__proto__');
    expect(await page.locator('img, main script, main h1').count()).toBe(0);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    const heights = await page.evaluate(
      "[...new Set([...document.querySelectorAll('.panel tbody tr')].map((row) => Math.round(row.getBoundingClientRect().height)))]",
    );
    expect(heights).toHaveLength(1);
    await page.fill('#routes input', '<script>');
    expect(await readTable(page, 'routes')).toHaveLength(1);
    expect(problems).toEqual([]);
  });

  it('in the address are not believed', async () => {
    const { url } = await start();
    const hostile = encodeURIComponent('"><img src=x onerror=alert(1)>');
    const { page, problems } = await open(
      `${url}?window=${hostile}&sort=${hostile}&search=${hostile}&series=${hostile}&at=${hostile}`,
    );
    await waitForText(page, '#connection', 'Live');
    expect(await page.locator('img').count()).toBe(0);
    expect(problems).toEqual([]);
  });
});

describe('for everybody', () => {
  it.each(['light', 'dark'] as const)('axe-core finds nothing serious in the %s theme', async (colorScheme) => {
    const { monitoring, url } = await start();
    await recordSample(monitoring);
    const { page } = await open(url, { bypassCSP: true, colorScheme });
    await waitForText(page, '[data-tile=requests] .detail', '125 in all');
    await page.locator('article.chart .as-table').first().click();
    expect(await findBarriers(page)).toEqual([]);
  });

  it('has a theme of its own choice, which a device remembers', async () => {
    const { url } = await start();
    const { page } = await open(url, { colorScheme: 'light' });
    const background = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await page.click('#theme');
    expect([await page.textContent('#theme'), await background()]).toEqual(['Theme: light', light]);
    await page.click('#theme');
    expect(await page.textContent('#theme')).toBe('Theme: dark');
    expect(await background()).not.toBe(light);
    await page.reload();
    expect(await page.textContent('#theme')).toBe('Theme: dark');
  });

  it.each([320, 390, 800, 1440, 2560])(
    'fits a screen of %i pixels, and does not move when figures come',
    async (width) => {
      const { monitoring, url } = await start();
      await record(monitoring, requests('/quick', monitoring.now(), repeat(125, 0.001)));
      const { page } = await open(url, { viewport: { width, height: 900 } });
      const places =
        "[...document.querySelectorAll('.tile, .chart, .panel, .bar')].map((element) => { const { height, left, top, width } = element.getBoundingClientRect(); return [height, left, top, width].map(Math.round).join(' '); })";
      const before = await page.evaluate(places);
      await waitForText(page, '[data-tile=requests] .detail', '125 in all');
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      // On a phone a table is as high as its cards.
      if (width > 760) expect(await page.evaluate(places)).toEqual(before);
    },
  );

  it('is small: one page, one script, one style, one icon', async () => {
    const { url } = await start();
    const context = await theBrowser().newContext();
    ends.push(() => context.close());
    const page = await context.newPage();
    // Measured only afterwards: the stream of events finishes when the page closes, and can't be asked any more.
    const finished: Request[] = [];
    page.on('requestfinished', (request) => finished.push(request));
    await page.goto(url);
    await page.waitForLoadState('load');
    const sizes = await Promise.all([...finished].map((request) => request.sizes()));
    const total = sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0);
    expect(total).toBeGreaterThan(10_000);
    expect(total).toBeLessThan(60 * 1024);
  });
});
