/**
 * Takes the pictures of docs/dashboard.md: the page after some minutes of traffic, its drawer, on a phone, and while its
 * database is away.
 *
 *     npx tsx --conditions=@influx-monitoring/source test/dashboard/take-screenshots.ts 15
 *
 * A second argument is another folder for the pictures.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
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
import { startInflux1 } from '@influx-monitoring/test-servers';
import type { Browser } from 'playwright-core';
import { launchBrowser, PageServer, waitForText } from './browser.ts';

const IMAGES = process.argv[3] ?? fileURLToPath(new URL('../../docs/images/', import.meta.url));
const SERVICE = 'luna-sender';

/** Routes with their usual seconds, the most asked for first. */
const ROUTES: readonly (readonly [method: string, resource: string, seconds: number])[] = [
  ['GET', '/version', 0.002],
  ['GET', '/api/accounts/:account/faces', 0.02],
  ['POST', '/api/accounts/:account/faces', 0.08],
  ['GET', '/api/faces/:face', 0.012],
  ['DELETE', '/api/faces/:face', 0.03],
  ['GET', '/api/lists/:list/matches', 0.25],
  ['POST', '/api/events', 0.015],
  ['GET', '/healthcheck', 0.001],
  ['GET', 'unmatched', 0.0005],
  ['PUT', '/api/lists/:list', 0.05],
  ['GET', '/api/reports/:report/*', 0.4],
  ['GET', '/ws', 0.003],
  ['PATCH', '/api/accounts/:account', 0.04],
];
const ACCOUNTS = Array.from({ length: 14 }, (_unused, index) => `${(index * 7919 + 0xf4240).toString(16)}-4f1c-9d2e`);

const minutes = Number(process.argv[2] ?? 15);
const influx = await startInflux1();
await influx.createDatabase('luna_monitoring');
const monitoring = new LunaRequestInfluxMonitoring({
  credentials: { dbName: 'luna_monitoring' },
  host: '127.0.0.1',
  port: influx.port,
});
const handler = monitoringDashboard({ monitoring });
const server = await PageServer.start(handler);
// Somebody looks on all the time: so the process's own figures have a past, too.
const leaving = new AbortController();
const onlooker = await fetch(`${server.origin}/stream`, { signal: leaving.signal });
const looking = onlooker.body?.pipeTo(new WritableStream()).catch(() => undefined);
const traffic = setInterval(() => {
  monitoring.addPoints(pointsOfTenth(monitoring.now()));
}, 100);
const browser = await launchBrowser();

await sleep(minutes * 60_000);
const DESKTOP = { height: 900, width: 1440 };
// What the browser's own start does to this process is not to be seen as the last ten seconds' worst.
await (await browser.newPage({ viewport: DESKTOP })).goto(server.origin);
await sleep(15_000);
await shoot(browser, 'light', { ...DESKTOP, colorScheme: 'light' });
await shoot(browser, 'dark', { ...DESKTOP, colorScheme: 'dark' });
await shoot(browser, 'wide', { colorScheme: 'light', height: 1440, width: 2560 });
await shoot(browser, 'narrow', { colorScheme: 'light', height: 844, width: 390 });
await shoot(browser, 'drawer', {
  ...DESKTOP,
  colorScheme: 'light',
  hash: '#of=routes&key=GET%3A%2Fapi%2Flists%2F%3Alist%2Fmatches',
});
await influx.kill();
await sleep(20_000);
await shoot(browser, 'outage', { ...DESKTOP, colorScheme: 'light' });

clearInterval(traffic);
leaving.abort();
await looking;
await browser.close();
handler.close();
await server.stop();
await monitoring.stop({ timeoutMs: 100 });
await influx.stop();

interface Shot {
  readonly colorScheme: 'light' | 'dark';
  readonly hash?: string;
  readonly height: number;
  readonly width: number;
}

async function shoot(from: Browser, name: string, { colorScheme, hash = '', height, width }: Shot): Promise<void> {
  const page = await from.newPage({ colorScheme, viewport: { height, width } });
  // A window that the traffic fills.
  await page.goto(`${server.origin}/?window=${minutes < 15 ? '5' : '15'}${hash}`);
  await waitForText(page, '#connection', 'Live');
  // Two more messages, so that nothing is as it is only at first.
  await sleep(3500);
  await page.screenshot({ path: `${IMAGES}/dashboard-${name}.png` });
  await page.close();
}

/** What a tenth of a second brings: waves of requests, and now and then half a minute in which much fails. */
function pointsOfTenth(now: number): BaseMonitoringPoint[] {
  const wave = 1 + 0.4 * Math.sin(now / 70);
  const isBad = Math.floor(now / 30) % 9 === 4;
  const points: BaseMonitoringPoint[] = [];
  for (let count = Math.round(4 * wave + Math.random()); count > 0; count -= 1)
    points.push(...requestPoints(now, isBad));
  for (let count = Math.round(2 * wave + Math.random()); count > 0; count -= 1) points.push(...messagePoints(now));
  if (Math.random() < (isBad ? 0.02 : 0.001)) points.push(new ErrorPoint({ errorCode: 29004, eventTime: now }));
  return points;
}

function requestPoints(now: number, isBad: boolean): BaseMonitoringPoint[] {
  const [method, resource, seconds] = ROUTES[Math.floor(Math.random() ** 1.8 * ROUTES.length)] ?? ['GET', '/', 0.01];
  const statusCode = resource === 'unmatched' ? 404 : statusOf(isBad);
  const init = { method, requestId: randomUUID(), requestTime: now, resource, service: SERVICE, statusCode };
  const request = new RequestMonitoringPoint({ ...init, executionTime: seconds * spread() * (isBad ? 3 : 1) });
  const errorCode = statusCode === 500 ? 11022 : statusCode;
  return statusCode < 400 ? [request] : [request, new RequestErrorMonitoringPoint({ ...init, errorCode })];
}

function statusOf(isBad: boolean): number {
  if (Math.random() < (isBad ? 0.08 : 0.002)) return 500;
  return Math.random() < 0.002 ? 499 : 200;
}

function messagePoints(now: number): BaseMonitoringPoint[] {
  const accountId = ACCOUNTS[Math.floor(Math.random() ** 2 * ACCOUNTS.length)] ?? 'none';
  return [
    new SubscribeRedisPoint({ channel: `${SERVICE}:${accountId}`, eventTime: now, requestId: randomUUID() }),
    new WSRequestPoint({ accountId, eventTime: now, requestId: randomUUID(), transportTime: 0.0006 * spread() }),
  ];
}

/** About 1, seldom some times as much: as durations are spread. */
function spread(): number {
  return Math.exp((Math.random() + Math.random() + Math.random() - 1.5) * 1.2);
}
