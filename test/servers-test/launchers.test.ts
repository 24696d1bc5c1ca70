import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import {
  freePort,
  startInflux1,
  startRedis,
  startRedisCluster,
  startVictoriaMetrics,
} from '@influx-monitoring/test-servers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { redisCommand } from '../servers/redis.ts';
import { ServerProcess, startServer } from '../servers/server-process.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function foldersOf(program: string): Set<string> {
  return new Set(readdirSync(tmpdir()).filter((name) => name.startsWith(`${program}-`)));
}

describe('startInflux1', () => {
  it('gives back times and integers with all their digits', async () => {
    const influx = await startInflux1();
    onTestFinished(() => influx.stop());
    await influx.createDatabase('db');
    const text = 'a,1790000000000000001,[1790000000000000002,3]';
    const lines = [`m,t=a i=9223372036854775807i,f=0.5,b=true,s="${text}" 1790000000000000001`, 'm,t=b i=-1i 2'];
    expect(await influx.write('db', lines.join('\n'))).toEqual({ status: 204, body: '' });
    expect(await influx.query('db', 'SELECT * FROM m')).toEqual([
      { time: '2', t: 'b', i: -1, f: null, b: null, s: null },
      { time: '1790000000000000001', t: 'a', i: 9223372036854775807n, f: 0.5, b: true, s: text },
    ]);
    expect(await influx.query('db', 'SELECT i FROM m WHERE f = 0.5 GROUP BY t')).toEqual([
      { time: '1790000000000000001', t: 'a', i: 9223372036854775807n },
    ]);
    expect([await influx.count('db', 'm'), await influx.count('db', 'none')]).toEqual([2, 0]);
  });

  it('says what InfluxDB says to a statement that is wrong', async () => {
    const influx = await startInflux1();
    onTestFinished(() => influx.stop());
    await expect(influx.query('none', 'SELECT * FROM m')).rejects.toThrow('database not found: none');
    await expect(influx.query('none', 'SELEC')).rejects.toThrow('error parsing query');
  });

  it('keeps what was answered with 204 through a crash, on the same port', async () => {
    const influx = await startInflux1();
    onTestFinished(() => influx.stop());
    await influx.createDatabase('db');
    const { pid, url } = influx;
    expect((await influx.write('db', 'm f=1 1')).status).toBe(204);
    await influx.kill();
    expect(isAlive(pid)).toBe(false);
    await expect(fetch(`${url}/ping`)).rejects.toThrow();
    await influx.restart();
    expect(influx.pid).not.toBe(pid);
    expect([influx.url, await influx.count('db', 'm')]).toEqual([url, 1]);
  });

  it('answers nothing while it is suspended, and everything afterwards', async () => {
    const influx = await startInflux1();
    onTestFinished(() => influx.stop());
    influx.suspend();
    const waiting = fetch(`${influx.url}/ping`);
    const early = AbortSignal.timeout(100);
    await expect(fetch(`${influx.url}/ping`, { signal: early })).rejects.toThrow(/timeout/);
    influx.resume();
    expect((await waiting).status).toBe(204);
  });

  it('ends and leaves no folder, suspended or not', async () => {
    const before = foldersOf('influxd');
    const influx = await startInflux1();
    const [folder = ''] = [...foldersOf('influxd')].filter((name) => !before.has(name));
    const { pid } = influx;
    influx.suspend();
    await influx.stop();
    await influx.stop();
    expect([isAlive(pid), existsSync(`${tmpdir()}/${folder}`)]).toEqual([false, false]);
  });

  it('demands a name and a password, and takes settings', async () => {
    const user = { name: 'admin', password: 'p:ss' };
    const influx = await startInflux1({ user, configuration: { http: { 'max-body-size': 100 } } });
    onTestFinished(() => influx.stop());
    await influx.createDatabase('db');
    expect((await fetch(`${influx.url}/query?q=SHOW+DATABASES`)).status).toBe(401);
    expect((await influx.write('db', 'm f=1 1')).status).toBe(204);
    expect((await influx.write('db', `m f="${'x'.repeat(100)}" 1`)).status).toBe(413);
    await influx.restart();
    expect(await influx.count('db', 'm')).toBe(1);
  });
});

describe('startRedis', () => {
  it('takes arguments and commands, and comes back on the same port', async () => {
    const redis = await startRedis({ args: ['--maxclients', '77'] });
    onTestFinished(() => redis.stop());
    expect(await redis.command('CONFIG', 'GET', 'maxclients')).toBe('maxclients\n77');
    const { pid, url } = redis;
    await redis.kill();
    expect(isAlive(pid)).toBe(false);
    await redis.restart();
    expect([redis.url, await redis.command('PING')]).toEqual([url, 'PONG']);
  });

  it('is ready with a password as well', async () => {
    const redis = await startRedis({ args: ['--requirepass', 'secret'] });
    onTestFinished(() => redis.stop());
    expect(await redis.command('--no-auth-warning', '-a', 'secret', 'PING')).toBe('PONG');
  });

  it('says what the server said where it does not start', async () => {
    const before = foldersOf('redis-server');
    await expect(startRedis({ args: ['--no-such-option', '1'] })).rejects.toThrow(
      /redis-server ended while starting:[^]*no-such-option/,
    );
    expect(foldersOf('redis-server')).toEqual(before);
  });
});

describe('startRedisCluster', () => {
  it('shares all slots among three masters, each of which knows it', async () => {
    const cluster = await startRedisCluster();
    onTestFinished(() => cluster.stop());
    expect(cluster.addresses).toHaveLength(3);
    for (const node of cluster.nodes) {
      const info = await node.command('CLUSTER', 'INFO');
      expect(info).toMatch(/cluster_state:ok[^]*cluster_slots_ok:16384[^]*cluster_size:3/);
    }
    const [first] = cluster.nodes;
    expect(await first?.command('-c', 'SET', 'key', 'value')).toBe('OK');
    expect(await first?.command('-c', 'GET', 'key')).toBe('value');
  });
});

describe('startVictoriaMetrics', () => {
  it('counts the rows that it takes', async () => {
    const victoria = await startVictoriaMetrics();
    onTestFinished(() => victoria.stop());
    const lines = Array.from({ length: 100 }, (_, index) => `m,t=a f=${String(index)} ${String(Date.now())}000000`);
    const response = await fetch(`${victoria.url}/api/v2/write`, { method: 'POST', body: lines.join('\n') });
    expect(response.status).toBe(204);
    expect(await victoria.metric('vm_rows_inserted_total{type="influx"}')).toBe(100);
    await expect(victoria.metric('no_such_metric')).rejects.toThrow('no metric no_such_metric');
  });
});

describe('a server of the tests', () => {
  it('tries another port where another server of its kind has taken its own and answers there', async () => {
    const squatter = await startRedis();
    onTestFinished(() => squatter.stop());
    const ports = [squatter.port, await freePort()];
    const { server, details: port } = await startServer(() => {
      const next = ports.shift() ?? 0;
      return Promise.resolve({ details: next, command: redisCommand(next, []) });
    });
    onTestFinished(() => server.stop());
    expect(port).not.toBe(squatter.port);
    expect(await squatter.command('PING')).toBe('PONG');
    expect(server.output).toContain('Ready to accept connections');
    await server.stop();
    expect(() => server.pid).toThrow('redis-server does not run');
  });

  it('that is no program is an error at once', async () => {
    const command = { ...redisCommand(await freePort(), []), program: 'no-such-server' };
    const server = new ServerProcess(command);
    onTestFinished(() => server.stop());
    await expect(server.start()).rejects.toThrow(/no-such-server ended while starting:\n.*no-such-server/);
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)('ends with the process that started it: %s', async (signal) => {
    const script = `
      import { startRedis } from '${new URL('../servers/index.ts', import.meta.url).href}';
      const { pid } = await startRedis();
      console.log(pid);
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]; // Of a readline.
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);
    child.kill(signal);
    await once(child, 'exit');
    // The kernel sends its signal as the parent ends; that the child is gone shows a moment later.
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  });
});
