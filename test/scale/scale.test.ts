import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  startVictoriaMetrics,
  startVmagent,
  type VictoriaMetricsServer,
  type VmagentServer,
} from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countsOf, queryNode } from './nodes.ts';

const PAGE = readFileSync(new URL('../../docs/scale.md', import.meta.url), 'utf8');
/** Their hashes are of all three shards. */
const SERVICES = ['shop', 'billing', 'events', 'sender'];
const NODES = 3;
const ROUTES = 20;
const POINTS_PER_ROUND = 1000;
const ROUNDS = 4;
/** Queues are sent once a second, and after an outage at growing intervals. */
const ARRIVAL_DEADLINE_MS = 30_000;

/** The page's relabelling: it is for the first of three nodes, which keeps the shards 0 and 1. */
const [, RELABELLING = ''] = /```yaml\n(# relabel-0\.yaml[\s\S]*?)```/.exec(PAGE) ?? [];
if (!RELABELLING.includes('0|1')) throw new Error('docs/scale.md has no relabelling of the shards 0 and 1');
const FLAGS = ['-dedup.minScrapeInterval=1ms', '-search.latencyOffset=0s'];

/** What an application counted. */
interface Counted {
  readonly recorded: number;
  readonly delivered: number;
  readonly dropped: number;
  readonly deadLettered: number;
  readonly retries: number;
}

function startApplication(service: string, index: number, { url }: VmagentServer): ChildProcess {
  const credentials =
    index % 2 === 0
      ? { INFLUX_VERSION: '1', INFLUX_DATABASE: 'luna' }
      : { INFLUX_TOKEN: 'any', INFLUX_ORG: 'luna', INFLUX_BUCKET: 'luna' };
  return fork(fileURLToPath(new URL('application.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx', '--conditions=@influx-monitoring/source'],
    env: { PATH: process.env['PATH'], INFLUX_URL: url, MONITORING_SERVICE: service, ...credentials },
  });
}

async function ask(application: ChildProcess, request: 'record' | 'stop'): Promise<Counted> {
  application.send(request);
  // The application answers with this.
  const [counted] = (await once(application, 'message')) as [Counted];
  return counted;
}

describe('four applications, through vmagent, to three VictoriaMetrics, of which one is killed; vmagent is updated', () => {
  let nodes: VictoriaMetricsServer[];
  let agent: VmagentServer;
  let applications: ChildProcess[] = [];
  let counted: Counted[];
  let startedMs: number;
  let killedMs: number;

  beforeAll(async () => {
    nodes = await Promise.all(Array.from({ length: NODES }, () => startVictoriaMetrics(FLAGS)));
    agent = await startVmagent(
      nodes.map(({ url }, index) => ({
        url,
        relabelling: RELABELLING.replace('0|1', `${String(index)}|${String((index + 1) % NODES)}`),
      })),
    );
    startedMs = Date.now();
    applications = SERVICES.map((service, index) => startApplication(service, index, agent));
    await recordRound();
    const second = recordRound();
    await nodes[0]?.kill();
    killedMs = Date.now();
    await second;
    const third = recordRound();
    await nodes[0]?.restart();
    await third;
    await agent.end();
    await recordRound();
    await agent.restart();
    counted = await Promise.all(applications.map((application) => ask(application, 'stop')));
    await untilArrived();
  }, 90_000);

  afterAll(async () => {
    for (const application of applications) application.kill('SIGKILL');
    await agent.stop();
    await Promise.all(nodes.map((node) => node.stop()));
  });

  function recordRound(): Promise<Counted[]> {
    return Promise.all(applications.map((application) => ask(application, 'record')));
  }

  /** Nobody is told when vmagent's queues are empty and the nodes have stored what was in them: they are asked. */
  async function untilArrived(): Promise<void> {
    const deadlineMs = Date.now() + ARRIVAL_DEADLINE_MS;
    while (Date.now() < deadlineMs) {
      const isComplete = (await totalOf(startedMs)) >= SERVICES.length * ROUNDS * POINTS_PER_ROUND;
      if (isComplete && (await lagOfKilled()) === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  /** All points, each once: of each series what the node has that has most of it. */
  async function totalOf(fromMs: number): Promise<number> {
    const most = new Map<string, number>();
    for (const node of nodes) {
      for (const [series, count] of await countsOf(node, fromMs)) {
        most.set(series, Math.max(most.get(series) ?? 0, count));
      }
    }
    return [...most.values()].reduce((sum, count) => sum + count, 0);
  }

  /** How many points since the kill the killed node lacks, of the series that are its own. */
  async function lagOfKilled(): Promise<number> {
    const [killed = new Map<string, number>(), ...others] = await Promise.all(
      nodes.map((node) => countsOf(node, killedMs)),
    );
    const all = await Promise.all(nodes.slice(0, 1).map((node) => countsOf(node, startedMs)));
    const own = new Set(all.flatMap((counts) => [...counts.keys()]));
    const lags = Array.from(own, (series) => {
      const other = Math.max(...others.map((counts) => counts.get(series) ?? 0));
      return other - (killed.get(series) ?? 0);
    });
    return lags.reduce((sum, lag) => sum + Math.abs(lag), 0);
  }

  it('takes every point from the applications, also those that waited for vmagent', () => {
    const expected = { recorded: 4200, delivered: 4200, dropped: 0, deadLettered: 0 };
    expect(counted).toEqual(SERVICES.map(() => expect.objectContaining(expected) as Counted));
    for (const { retries } of counted) expect(retries).toBeGreaterThan(0);
  });

  it('has every point, counted by query', async () => {
    expect(await totalOf(startedMs)).toBe(SERVICES.length * ROUNDS * POINTS_PER_ROUND);
  });

  it('keeps each series on two nodes, and no node has all', async () => {
    const perNode = await Promise.all(nodes.map((node) => countsOf(node, startedMs)));
    const series = perNode.flatMap((counts) => [...counts.keys()]);
    expect(new Set(series).size).toBe(SERVICES.length * ROUTES);
    expect(series).toHaveLength(2 * SERVICES.length * ROUTES);
    for (const counts of perNode) {
      expect(counts.size).toBeGreaterThan(0);
      expect(counts.size).toBeLessThan(SERVICES.length * ROUTES);
    }
  });

  it('gives the killed node what it missed, when it is back', async () => {
    const missed = await countsOf(nodes[0] ?? fail('no node'), killedMs);
    expect([...missed.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    expect(await lagOfKilled()).toBe(0);
  });

  it('leaves out the metric that would be 0 for want of text', async () => {
    const answers = await Promise.all(nodes.map((node) => queryNode(node, 'count_over_time(requests_request_id[5m])')));
    expect(answers.flat()).toEqual([]);
  });

  it.each(
    Array.from(PAGE.matchAll(/^\| [^|]*\| `([^`]+)` *\|$/gm), ([, query = '']) => [query.replaceAll('\\|', '|')]),
  )('answers %s', async (query) => {
    const answers = await Promise.all(nodes.map((node) => queryNode(node, query)));
    expect(answers.flat().length).toBeGreaterThan(0);
    for (const { value } of answers.flat()) expect(value).toBeGreaterThan(0);
  });
});

function fail(message: string): never {
  throw new Error(message);
}
