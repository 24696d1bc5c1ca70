/**
 * What the live page costs who looks at it: the main thread's share of a core, and the stream's bytes, while 200 routes all
 * change each second. The browser is a real Chromium; what its main thread does is counted on that thread's own clock, so
 * that other work on the machine does not count.
 *
 *     npm run bench:page -w packages/dashboard
 *     npm run bench:page -w packages/dashboard -- --routes 200 --seconds 60 --window 15 --fold
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LunaRequestInfluxMonitoring, RequestMonitoringPoint } from '@influx-monitoring/core';
import { monitoringDashboard } from '@influx-monitoring/dashboard';
import type { CDPSession } from 'playwright-core';
import { launchBrowser } from '../../test/dashboard/browser.ts';

const BURST_MS = 100;
/** Requests of each route a second. */
const RATE_OF_ROUTE = 10;
/** By then the page has drawn all of its parts. */
const SETTLE_MS = 10_000;
const DESKTOP = { width: 1440, height: 900 };

/** What a main thread has done since it began, in seconds of its own clock. */
interface Work {
  readonly tasks: number;
  readonly scripts: number;
  readonly layout: number;
}

const { values } = parseArgs({
  options: {
    fold: { type: 'boolean', default: false },
    routes: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '60' },
    window: { type: 'string', default: '15' },
  },
});
const routeCount = Number(values.routes);
const monitoring = new LunaRequestInfluxMonitoring({ aggregate: values.fold ? { series: ['requests'] } : undefined });
const handler = monitoringDashboard({ monitoring });
const server = createServer(handler).listen(0, '127.0.0.1');
await once(server, 'listening');
// A server that listens on a port has an address of this kind.
const { port } = server.address() as AddressInfo;
const traffic = setInterval(recordBurst, BURST_MS);
const browser = await launchBrowser();
const page = await browser.newPage({ viewport: DESKTOP });
await page.goto(`http://127.0.0.1:${String(port)}/?window=${values.window}`);
await sleep(SETTLE_MS);
const session = await page.context().newCDPSession(page);
const tickBytes = await watchTicks(session);
await session.send('Performance.enable', { timeDomain: 'threadTicks' });
const before = await readWork(session);
const begunAtMs = performance.now();
await sleep(Number(values.seconds) * 1000);
const after = await readWork(session);
const elapsed = (performance.now() - begunAtMs) / 1000;
console.log(
  JSON.stringify({
    node: process.version,
    chromium: browser.version(),
    routes: routeCount,
    requestsASecond: routeCount * RATE_OF_ROUTE,
    isFolded: values.fold,
    seconds: Math.round(elapsed),
    mainThreadPercent: percentOf(after.tasks - before.tasks),
    scriptPercent: percentOf(after.scripts - before.scripts),
    layoutAndStylePercent: percentOf(after.layout - before.layout),
    messages: tickBytes.length,
    bytesASecond: Math.round(tickBytes.reduce((sum, bytes) => sum + bytes, 0) / elapsed),
    bytesOfLargest: Math.max(...tickBytes),
  }),
);
await browser.close();
clearInterval(traffic);
handler.close();
server.close();
await monitoring.stop();

/** A tenth of what each route gets in a second. */
function recordBurst(): void {
  const now = monitoring.now();
  const points = Array.from({ length: (RATE_OF_ROUTE * routeCount * BURST_MS) / 1000 }, (_unused, index) => {
    const route = index % routeCount;
    return new RequestMonitoringPoint({
      executionTime: Math.exp(Math.random() * 4 - 8 + (route % 10) / 3),
      method: 'GET',
      requestId: `1536751345,${String(index)}`,
      requestTime: now,
      resource: `/api/accounts/:account/lists/:list/faces/of-kind-${String(route)}`,
      service: 'luna-sender',
      statusCode: Math.random() < 0.01 ? 500 : 200,
    });
  });
  monitoring.addPoints(points);
}

/** Notes the size of each message of changes from now on. */
async function watchTicks(of: CDPSession): Promise<number[]> {
  const sizes: number[] = [];
  of.on('Network.eventSourceMessageReceived', ({ data, eventName }) => {
    if (eventName === 'tick') sizes.push(Buffer.byteLength(data));
  });
  await of.send('Network.enable');
  return sizes;
}

async function readWork(of: CDPSession): Promise<Work> {
  const { metrics } = await of.send('Performance.getMetrics');
  const read = (wanted: string): number => metrics.find(({ name }) => name === wanted)?.value ?? NaN;
  return {
    tasks: read('TaskDuration'),
    scripts: read('ScriptDuration'),
    layout: read('LayoutDuration') + read('RecalcStyleDuration'),
  };
}

function percentOf(seconds: number): number {
  return Math.round((seconds / elapsed) * 1000) / 10;
}
