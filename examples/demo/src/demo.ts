import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMonitoring, setDefaultMonitoring, type LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { startSender } from '@influx-monitoring/example-sender';
import type { DemoArguments } from './arguments.ts';
import { describeDestination } from './figures/destination.ts';
import { ObservedMonitoring } from './figures/observed-monitoring.ts';
import { findRedis } from './servers/find-redis.ts';
import { startLivePage } from './servers/live-page.ts';
import { startReportsApp } from './servers/reports-app.ts';
import { createLiveOutput, type LiveOutput } from './terminal/live-output.ts';
import { formatSummary, isBalanced } from './terminal/summary.ts';
import { startTraffic, type TrafficProcess } from './traffic/traffic-process.ts';

const HOST = '127.0.0.1';
const NOTICE_MS = 3000;

/** Takes what the sender has to say, to show the last of it below the table. */
class LastNotice {
  #text: string | undefined;
  #notedAtMs = 0;
  readonly info = (): void => undefined;
  readonly warn = (text: string): void => {
    [this.#text] = text.split('\n');
    this.#notedAtMs = performance.now();
  };
  readonly error = this.warn;

  get text(): string | undefined {
    return performance.now() - this.#notedAtMs < NOTICE_MS ? this.#text : undefined;
  }
}

/** What the figures are read from. */
interface Watched {
  readonly monitoring: LunaRequestInfluxMonitoring;
  readonly observed: ObservedMonitoring;
  readonly notice: LastNotice;
  readonly output: LiveOutput;
}

/**
 * Runs the demo until its time is over, or the signal says so.
 *
 * @returns false where a point is unaccounted for
 */
export async function runDemo(options: DemoArguments, signal: AbortSignal): Promise<boolean> {
  const monitoring = createMonitoring();
  setDefaultMonitoring(monitoring);
  const watched: Watched = {
    monitoring,
    // Before anything is started: from here on each point is seen.
    observed: new ObservedMonitoring(monitoring),
    notice: new LastNotice(),
    output: createLiveOutput(process.stdout, process.env),
  };
  const stops: (() => Promise<void>)[] = [];
  let seconds: number;
  try {
    const traffic = await start(options, watched, stops);
    seconds = await watch(watched, traffic, endOf(options, signal));
  } finally {
    // The traffic first, and Redis last.
    for (const stop of stops.reverse()) await stop();
  }
  const { observed, output } = watched;
  const stats = monitoring.stats();
  const destination = describeDestination(monitoring);
  print(formatSummary({ observed, stats, seconds, destination }, output.style));
  return isBalanced(stats);
}

/** Starts all there is, and notes how each is stopped. */
async function start(
  { port, rate, sockets }: DemoArguments,
  { monitoring, notice }: Watched,
  stops: (() => Promise<void>)[],
): Promise<TrafficProcess> {
  const redis = await findRedis(process.env['REDIS_URL']);
  stops.push(redis.stop);
  const sender = await startSender({ host: HOST, port, redisUrl: redis.url, logger: notice });
  stops.push(sender.stop);
  const reports = await startReportsApp();
  stops.push(reports.stop);
  const livePage = await startLivePage(monitoring);
  stops.push(livePage.stop);
  print([
    `live page  ${livePage.url}`,
    `sender     http://${HOST}:${String(sender.port)}`,
    `redis      ${redis.description}`,
    `points to  ${describeDestination(monitoring)}`,
    '',
  ]);
  const ports = { senderPort: sender.port, reportsPort: reports.port };
  const traffic = await startTraffic({ ...ports, redisUrl: redis.url, rate, sockets });
  stops.push(traffic.stop);
  return traffic;
}

/** Shows the figures once a second until the end. Returns how many seconds that were. */
async function watch(watched: Watched, traffic: TrafficProcess, end: Promise<unknown>): Promise<number> {
  const { monitoring, observed, notice, output } = watched;
  const startedAtMs = performance.now();
  const secondsSince = (): number => (performance.now() - startedAtMs) / 1000;
  const timer = setInterval(() => {
    observed.endSecond();
    output.show({ observed, stats: monitoring.stats(), seconds: Math.round(secondsSince()), notice: notice.text });
  }, 1000);
  try {
    await Promise.race([end, traffic.failure]);
  } finally {
    clearInterval(timer);
    output.close();
  }
  return secondsSince();
}

/** Resolves when the time is over, or at the signal. */
async function endOf({ seconds }: DemoArguments, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const interrupted = once(signal, 'abort');
  if (seconds === undefined) await interrupted;
  else await Promise.race([interrupted, sleep(seconds * 1000, undefined, { ref: false })]);
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
