import { createServer, request as sendRequest, Agent } from 'node:http';
import { describe, expect, it } from 'vitest';
import { EXPRESS_VERSIONS } from './support/express-versions.ts';
import { listen } from './support/listen.ts';
import { PointCollector } from './support/point-collector.ts';
import { createRandomApplication, Random } from './support/random-application.ts';

/**
 * `FUZZ_SEED=17 FUZZ_ROUNDS=1` replays one application; more rounds look further. The seeds are fixed otherwise, so that
 * a failure is the same for everybody.
 */
const FIRST_SEED = Number(process.env['FUZZ_SEED'] ?? 1);
const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 8);
const REQUESTS = 60;

describe.each(EXPRESS_VERSIONS)('random routers on Express $name', (version) => {
  const express = version.load();

  it.each(Array.from({ length: ROUNDS }, (_each, round) => FIRST_SEED + round))(
    'names what answered: seed %i',
    async (seed) => {
      const collector = new PointCollector();
      const { app, expected, recovered, urls } = createRandomApplication(express, version.major, seed, collector);
      const port = await listen(createServer(app));
      const random = new Random(seed * 7919);
      const agent = new Agent({ keepAlive: true, maxSockets: 16 });
      const sent = Array.from({ length: REQUESTS }, (_each, index) => ({
        id: `request-${String(index)}`,
        method: random.pick(['GET', 'GET', 'GET', 'POST', 'HEAD', 'PUT']),
        path: randomUrl(random, urls),
      }));
      await Promise.all(sent.map((each) => send(port, agent, each)));
      await collector.requests(REQUESTS);
      agent.destroy();
      const told = new Map(collector.of('requests').map(({ fields, tags }) => [fields['request_id'], tags['route']]));
      const rows = sent.map(({ id, method, path }) => ({
        id,
        path,
        told: told.get(id),
        wanted: `${method}:${expected.get(id) ?? 'unmatched'}`,
      }));
      const isRight = ({ id, told: name, wanted }: (typeof rows)[number]) =>
        name === wanted || (recovered.has(id) && String(name).endsWith(':unmatched'));
      expect(rows.filter((row) => !isRight(row))).toEqual([]);
      expect(told.size).toBe(REQUESTS);
    },
  );
});

/** Mostly a URL that leads somewhere; sometimes with more or less of it. */
function randomUrl(random: Random, urls: readonly string[]): string {
  const url = urls[random.below(urls.length)] ?? '/';
  const kind = random.next();
  if (kind < 0.08) return `${url}/more`;
  if (kind < 0.16) return url.slice(0, url.lastIndexOf('/')) || '/';
  if (kind < 0.2) return `${url}/`;
  return kind < 0.3 ? `${url}?x=/y` : url;
}

async function send(port: number, agent: Agent, { id, method, path }: { id: string; method: string; path: string }) {
  const headers = { 'luna-request-id': id };
  await new Promise<void>((resolve, reject) => {
    const client = sendRequest({ host: '127.0.0.1', port, agent, method, path, headers }, (response) => {
      response.resume().on('end', resolve).on('error', reject);
    });
    client.on('error', reject).end();
  });
}
