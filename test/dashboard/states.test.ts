import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { monitoringDashboard } from '@influx-monitoring/dashboard';
import { startStrictInflux } from '@influx-monitoring/test-servers';
import { describe, expect, it } from 'vitest';
import { PageServer, waitForText, waitUntil } from './browser.ts';
import { ends, open, record, recordSample, repeat, requests, SILENT, start } from './running-page.ts';

describe('a state that cannot be overlooked', () => {
  it('when the stream is cut: a banner with the time, neutral tiles, the title', async () => {
    const { monitoring, server, url } = await start();
    await recordSample(monitoring);
    const { page } = await open(url);
    await waitForText(page, '[data-tile=delivery] .figure', '● OK');
    await server.stop();
    await waitForText(page, '#connection', 'No connection');
    expect(await page.textContent('#banner')).toMatch(/Last data: \d\d:\d\d:\d\d UTC/);
    expect(await page.title()).toContain('No connection');
    expect(await page.textContent('[data-tile=delivery] .figure')).toBe('Unknown');
    expect(await page.textContent('#delivery-state')).toBe('Unknown');
    expect(
      await page.evaluate("[...document.querySelectorAll('.tile')].every(({ dataset }) => dataset.tone === '')"),
    ).toBe(true);
    await server.restart(monitoringDashboard({ monitoring }));
    await waitForText(page, '#connection', 'Live');
    expect(await page.isHidden('#banner')).toBe(true);
  });

  it('when the service refuses the page: it says why, in the service’s words', async () => {
    const monitoring = new LunaRequestInfluxMonitoring();
    const handler = monitoringDashboard({ monitoring, maxViewers: 1 });
    const server = await PageServer.start(handler);
    ends.push(
      () => monitoring.stop(),
      () => server.stop(),
    );
    const { page: first } = await open(`${server.origin}/`);
    await waitForText(first, '#connection', 'Live');
    const { page: second } = await open(`${server.origin}/`);
    const wanted = 'The service refuses the page: Too many viewers. No data has come yet.';
    await waitUntil(second, `document.querySelector('#banner').textContent.startsWith(${JSON.stringify(wanted)})`);
    await first.close();
    await waitForText(second, '#connection', 'Live');
    expect(await second.isHidden('#banner')).toBe(true);
  });

  it('when monitoring is stopped: that, since when, and what to do, also after the stream has ended', async () => {
    const { monitoring, url } = await start();
    await recordSample(monitoring);
    const { page } = await open(url);
    await waitForText(page, '[data-tile=delivery] .figure', '● OK');
    await monitoring.stop();
    await waitForText(page, '#connection', 'Stopped');
    expect(await page.textContent('[data-tile=delivery] .figure')).toBe('■ Stopped');
    expect(await page.getAttribute('[data-tile=delivery]', 'data-tone')).toBe('bad');
    expect(await page.getAttribute('[data-tile=failed]', 'data-tone')).toBe('');
    expect(await page.textContent('#health')).toMatch(
      /^Delivery: Stopped since \d\d:\d\d:\d\d UTC \(monitoring was stopped\)\. stop\(\) was called: .* Start the service anew;/,
    );
    expect(await page.getAttribute('#health', 'data-state')).toBe('stopped');
    expect(await page.title()).toBe('⚠ Stopped · luna-sender monitoring');
    expect(await page.isHidden('#banner')).toBe(true);
  });

  it('when points are dropped: it loses them now, and says what to do', async () => {
    const influx = await startStrictInflux({ token: 't' });
    const { port } = influx;
    await influx.stop();
    const monitoring = new LunaRequestInfluxMonitoring({
      credentials: { organization: 'o', bucket: 'b', token: 't' },
      delivery: { logger: SILENT, maxMemoryBytes: 64 * 1024 },
      host: '127.0.0.1',
      port,
    });
    const { url } = await start(monitoring);
    while (monitoring.stats().dropped === 0) {
      monitoring.addPoints(requests('/a', monitoring.now(), repeat(100, 0.01)));
    }
    const { page } = await open(url);
    await waitForText(page, '[data-tile=delivery] .figure', '▼ Losing');
    expect(await page.textContent('#health')).toContain('Points are dropped or refused now.');
    expect(await page.title()).toContain('⚠ Losing');
  });

  it("when the database's token is replaced: it needs an operator, says what to do, and is well again after that", async () => {
    const influx = await startStrictInflux({ token: 'the-first-token' });
    ends.push(() => influx.stop());
    const monitoring = new LunaRequestInfluxMonitoring({
      credentials: { organization: 'luna', bucket: 'luna_monitoring', token: 'the-first-token' },
      delivery: { logger: SILENT, maxRetryDelayMs: 500 },
      host: '127.0.0.1',
      port: influx.port,
    });
    const { url } = await start(monitoring);
    await record(monitoring, requests('/a', monitoring.now(), [0.01]));
    const { page } = await open(url);
    await waitForText(page, '[data-tile=delivery] .figure', '● OK');
    influx.rotateToken('the-next-token');
    monitoring.addPoints(requests('/a', monitoring.now(), [0.01]));
    await waitForText(page, '[data-tile=delivery] .figure', '▲ Needs operator');
    expect(await page.textContent('#health')).toContain('doctor');
    expect(await page.title()).toContain('Needs operator');
    await waitForText(page, '[data-figure=pending]', '1');
    monitoring.reInitializeMonitoring({
      credentials: { organization: 'luna', bucket: 'luna_monitoring', token: 'the-next-token' },
    });
    await waitForText(page, '[data-tile=delivery] .figure', '● OK');
    await waitForText(page, '[data-figure=delivered]', '2');
    expect(await page.isHidden('#health')).toBe(true);
    expect(await page.title()).toBe('luna-sender monitoring');
  });
});
