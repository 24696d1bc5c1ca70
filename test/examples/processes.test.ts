import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { startInflux1, type Influx1Server } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { parse } from 'yaml';
import { Program } from '../demo/program.ts';

const DATABASE = 'processes';
const FOLDER = new URL('../../examples/processes/', import.meta.url);
const PAGE = readFileSync(new URL('../../docs/process-managers.md', import.meta.url), 'utf8');
const HANDLER = readFileSync(new URL('src/shut-down.ts', FOLDER), 'utf8');
const GOING_AWAY = 1001;
const LISTENING = /^process (\d+) listening on (\d+)$/;

/** What the handler takes at most, in milliseconds. */
const HANDLER_MS = [...HANDLER.matchAll(/_TIMEOUT_MS = (\d+)/g)].reduce((sum, [, digits]) => sum + Number(digits), 0);

/** The pieces of the page in a language. */
function piecesOfPage(language: string): string[] {
  return [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, piece = '']) => piece);
}

describe('docs/process-managers.md', () => {
  it('shows the handler of the example, and its configuration of PM2', () => {
    expect(piecesOfPage('ts')).toEqual([HANDLER]);
    expect(piecesOfPage('js')).toEqual([readFileSync(new URL('ecosystem.config.cjs', FOLDER), 'utf8')]);
  });

  it('has managers wait longer than the handler takes', () => {
    const pm2 = createRequire(import.meta.url)('../../examples/processes/ecosystem.config.cjs') as {
      apps: [{ kill_timeout: number }];
    };
    const [yaml = ''] = piecesOfPage('yaml');
    const { terminationGracePeriodSeconds, containers } = (
      parse(yaml) as {
        spec: {
          template: {
            spec: {
              terminationGracePeriodSeconds: number;
              containers: [{ lifecycle: { preStop: { sleep: { seconds: number } } } }];
            };
          };
        };
      }
    ).spec.template.spec;
    expect(HANDLER_MS).toBe(13_000);
    expect(PAGE).toContain('after 13 seconds at\nmost it has ended');
    expect(pm2.apps[0].kill_timeout).toBeGreaterThan(HANDLER_MS);
    const { seconds } = containers[0].lifecycle.preStop.sleep;
    expect(terminationGracePeriodSeconds).toBeGreaterThan(seconds + HANDLER_MS / 1000);
  });
});

describe('the example of several processes', () => {
  let influx: Influx1Server;
  const agent = new Agent({ keepAlive: true });

  beforeAll(async () => {
    // As PM2 runs it.
    await promisify(execFile)('npm', ['run', 'build'], { cwd: FOLDER });
    influx = await startInflux1();
  });

  afterAll(async () => {
    agent.destroy();
    await influx.stop();
  });

  beforeEach(async () => {
    await influx.query('', `DROP DATABASE ${DATABASE}`);
    await influx.createDatabase(DATABASE);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'at %s answers what is open, closes what is idle, and has all points sent',
    async (signal) => {
      const service = new Program('examples/processes/dist/main.js', [], environment());
      const [, , port = ''] = await service.line(LISTENING);
      const address = `127.0.0.1:${port}`;
      expect((await answerOf(`http://${address}/version`)).status).toBe(200);
      const socket = new WebSocket(`ws://${address}/ws`);
      await once(socket, 'open');
      const closed = once(socket, 'close');
      const slow = get(`http://${address}/report`, { agent });
      await once(
        slow.on('socket', () => undefined),
        'finish',
      );
      // The service has the request once it answers a later one.
      expect((await answerOf(`http://${address}/version`)).status).toBe(200);
      const answer = once(slow, 'response') as Promise<[IncomingMessage]>;
      service.signal(signal);
      const [response] = await answer;
      expect(response.statusCode).toBe(200);
      await text(response);
      const answeredAtMs = performance.now();
      expect((await closed)[0]).toBe(GOING_AWAY);
      expect(await service.ended).toMatchObject({ code: 0, stderr: '' });
      // Its connection is kept alive, which the server alone would wait 5 s for.
      expect(performance.now() - answeredAtMs).toBeLessThan(4000);
      expect(await routes()).toEqual(['GET:/report', 'GET:/version', 'GET:/version', 'GET:/ws']);
    },
  );

  it('cluster.ts replaces its processes at SIGHUP, and those that die', async () => {
    const cluster = new Program('examples/processes/dist/cluster.js', [], { ...environment(), PROCESSES: '2' });
    const known: string[] = [];
    const next = async (): Promise<string> => {
      const [, pid = ''] = await cluster.line(new RegExp(`^process (?!(?:${known.join('|')}) )(\\d+) listening`));
      known.push(pid);
      return pid;
    };
    const first = [await next(), await next()];
    await cluster.line(/^2 processes$/);
    cluster.signal('SIGHUP');
    const second = [await next(), await next()];
    for (const pid of first) await cluster.line(new RegExp(`^process ${pid} ended$`));
    process.kill(Number(second[0]), 'SIGKILL');
    await next();
    cluster.signal('SIGTERM');
    expect(await cluster.ended).toMatchObject({ code: 0, stderr: '' });
  });

  function environment(): Readonly<Record<string, string>> {
    return { INFLUX_DATABASE: DATABASE, INFLUX_URL: influx.url, PORT: '0' };
  }

  async function answerOf(url: string): Promise<Response> {
    const response = await fetch(url, { headers: { connection: 'close' } });
    await response.clone().text();
    return response;
  }

  async function routes(): Promise<unknown[]> {
    const rows = await influx.query(DATABASE, 'SELECT * FROM requests');
    return rows.map(({ route }) => route).sort();
  }
});
