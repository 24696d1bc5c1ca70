/** A page in a real browser, and points for it: what its tests share. */
import {
  ErrorPoint,
  LunaRequestInfluxMonitoring,
  RequestErrorMonitoringPoint,
  RequestMonitoringPoint,
  SubscribeRedisPoint,
  WSRequestPoint,
  type BaseMonitoringPoint,
} from '@influx-monitoring/core';
import { monitoringDashboard } from '@influx-monitoring/dashboard';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { launchBrowser, PageServer } from './browser.ts';

/** A logger that says nothing: what is logged fails a test. */
export const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

/** The browser of this file's tests. */
export function theBrowser(): Browser {
  if (browser === undefined) throw new Error('the browser runs while tests do');
  return browser;
}

/** What ends with a test, last first. */
export const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

export interface Running {
  readonly monitoring: LunaRequestInfluxMonitoring;
  readonly server: PageServer;
  readonly url: string;
}

export async function start(monitoring = new LunaRequestInfluxMonitoring()): Promise<Running> {
  const handler = monitoringDashboard({ monitoring });
  const server = await PageServer.start(handler);
  ends.push(
    () => monitoring.stop({ timeoutMs: 100 }),
    () => server.stop(),
  );
  return { monitoring, server, url: `${server.origin}/` };
}

/** What the page did that it must not. */
export interface Watched {
  readonly page: Page;
  readonly problems: string[];
}

export async function open(url: string, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await theBrowser().newContext({ viewport: { width: 1440, height: 900 }, ...options });
  ends.push(() => context.close());
  const page = await context.newPage();
  const problems: string[] = [];
  const { origin } = new URL(url);
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) problems.push(`asks ${request.url()}`);
  });
  page.on('pageerror', (error) => problems.push(`throws ${error.message}`));
  page.on('dialog', (dialog) => {
    problems.push(`opens a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    // That a service is away is said by the browser itself.
    if (message.type() === 'error' && !message.text().includes('net::ERR')) problems.push(`says ${message.text()}`);
  });
  await page.goto(url);
  return { page, problems };
}

export async function record(
  monitoring: LunaRequestInfluxMonitoring,
  points: readonly BaseMonitoringPoint[],
): Promise<void> {
  monitoring.addPoints(points);
  await monitoring.flush();
}

export function requests(
  resource: string,
  time: number,
  durations: readonly number[],
  statusCode = 200,
  requestId = 'r',
): RequestMonitoringPoint[] {
  return durations.map(
    (executionTime) =>
      new RequestMonitoringPoint({
        executionTime,
        method: 'GET',
        requestId,
        requestTime: time,
        resource,
        service: 'luna-sender',
        statusCode,
      }),
  );
}

export const failure = (
  resource: string,
  time: number,
  errorCode: string,
  requestId = 'r',
): RequestErrorMonitoringPoint =>
  new RequestErrorMonitoringPoint({
    errorCode,
    method: 'GET',
    requestId,
    requestTime: time,
    resource,
    service: 'luna-sender',
    statusCode: 500,
  });

export const repeat = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

/** 125 requests and all else that there is, in one second. */
export async function recordSample(monitoring: LunaRequestInfluxMonitoring, now = monitoring.now()): Promise<void> {
  await record(monitoring, [
    ...requests('/quick', now, [...repeat(90, 0.001), ...repeat(9, 0.02), 0.5]),
    ...requests('/slow', now, repeat(20, 2), 200),
    ...requests('/slow', now, repeat(5, 2), 500),
    ...repeat(5, 0).map(() => failure('/slow', now, '11022')),
    ...repeat(7, 0).map(
      () => new WSRequestPoint({ accountId: 'account-1', eventTime: now, requestId: 'r', transportTime: 0.004 }),
    ),
    ...repeat(11, 0).map(
      () => new SubscribeRedisPoint({ channel: 'luna-sender:account-1', eventTime: now, requestId: 'r' }),
    ),
    new ErrorPoint({ errorCode: 29004, eventTime: now, count: 3 }),
  ]);
}
