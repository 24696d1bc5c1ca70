import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { freePort, startInflux1, startRedis } from '@influx-monitoring/test-servers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Program } from './program.ts';
import { readBalance, readSummary, SERIES } from './summary.ts';

const MAIN = 'examples/demo/src/main.ts';

function startDemo(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Program {
  return new Program(MAIN, words, environment);
}

describe('npm run demo', () => {
  it('fills all five series with nothing configured, and leaves nothing running', async () => {
    const demo = startDemo(['--seconds', '4', '--rate', '60']);
    const [, senderPort] = await demo.line(/^sender +http:\/\/127\.0\.0\.1:(\d+)$/);
    const [, redis = ''] = await demo.line(/^redis +(.*)$/);
    const { code, stdout, stderr } = await demo.ended;

    expect(stderr).toBe('');
    expect(code).toBe(0);
    for (const { series, recorded, delivered } of readSummary(stdout)) {
      expect(recorded, series).toBeGreaterThan(0);
      expect(delivered, series).toBe(recorded);
    }
    const { recorded, delivered, pending, dropped } = readBalance(stdout);
    expect(delivered).toBe(recorded);
    expect([pending, dropped]).toEqual([0, 0]);
    expect(await isListening(Number(senderPort))).toBe(false);
    const [, startedRedisPort] = /:(\d+) \(started for the demo\)$/.exec(redis) ?? [];
    if (startedRedisPort !== undefined) expect(await isListening(Number(startedRedisPort))).toBe(false);
  });

  it('shows a line a second, and no escape sequence, where there is no terminal', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const demo = startDemo(['--seconds', '3', '--rate', '30'], { REDIS_URL: redis.url });
    const { stdout } = await demo.ended;
    const seconds = Array.from(stdout.matchAll(/^(\d) s \| requests [\d.]+\/s/gm), ([, second]) => second);
    expect(seconds.slice(0, 2)).toEqual(['1', '2']);
    expect(stdout).not.toContain('\u001b');
  });

  it('ends on Ctrl-C with as many points delivered as an InfluxDB 1.6 holds, series by series', async () => {
    const influx = await startInflux1();
    onTestFinished(() => influx.stop());
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    await influx.createDatabase('demo');
    const environment = { INFLUX_URL: influx.url, INFLUX_VERSION: '1', INFLUX_DATABASE: 'demo', REDIS_URL: redis.url };
    const demo = startDemo(['--rate', '80'], environment);
    await demo.line(/^4 s \|/);
    demo.signal('SIGINT');
    const { code, stdout, stderr } = await demo.ended;

    expect(stderr).toBe('');
    expect(code).toBe(0);
    const stored = await Promise.all(SERIES.map((series) => influx.count('demo', series)));
    expect(stored.every((count) => count > 0)).toBe(true);
    expect(readSummary(stdout).map(({ delivered }) => delivered)).toEqual(stored);
    expect(readBalance(stdout)['delivered']).toBe(stored.reduce((sum, count) => sum + count, 0));
  });

  it('goes on while InfluxDB is away: pending grows, and the end says what became of it', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const url = `http://127.0.0.1:${String(await freePort())}`;
    const environment = { INFLUX_URL: url, INFLUX_VERSION: '1', INFLUX_DATABASE: 'demo', REDIS_URL: redis.url };
    const { code, stdout, stderr } = await startDemo(['--seconds', '4', '--rate', '50'], environment).ended;

    expect(code).toBe(0);
    expect(stderr).not.toMatch(/^\s+at /m);
    const pending = Array.from(stdout.matchAll(/^\d+ s .*\| pending ([\d,]+) {2}delivered 0 /gm), ([, digits = '']) =>
      Number(digits.replaceAll(',', '')),
    );
    expect(pending.length).toBeGreaterThanOrEqual(2);
    expect(pending.at(-1)).toBeGreaterThan(pending[0] ?? Infinity);
    expect(readBalance(stdout)).toMatchObject({ delivered: 0 });
  });

  it('goes on while Redis is away, and without a stack trace', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const demo = startDemo(['--rate', '50'], { REDIS_URL: redis.url });
    await demo.line(/^1 s \|/);
    await redis.kill();
    await demo.line(/requests .*errors .*503×/);
    demo.signal('SIGINT');
    const { code, stderr } = await demo.ended;
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it('tells its options', async () => {
    const { code, stdout } = await startDemo(['--help']).ended;
    expect(code).toBe(0);
    for (const option of ['--seconds', '--rate', '--sockets', '--port']) expect(stdout).toContain(option);
  });

  it.each([
    [['--nonsense'], /^demo: Unknown option '--nonsense' \(--help tells more\)\n$/],
    [['now'], /^demo: Unexpected argument 'now'.* \(--help tells more\)\n$/],
    [['--seconds', 'ten'], /^demo: --seconds: expected a whole number from 1 to 86400, got "ten" /],
    [['--rate', '0'], /^demo: --rate: expected a whole number from 1 to 5000, got "0" /],
  ])('refuses the arguments %j in one line', async (words, message) => {
    const { code, stdout, stderr } = await startDemo(words).ended;
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([1, '']);
  });

  it('says in one line that its port is taken', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => {
      other.close();
    });
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const { code, stderr } = await startDemo(['--port', port], { REDIS_URL: redis.url }).ended;
    expect(stderr).toMatch(new RegExp(`^demo: .*EADDRINUSE.*:${port}\n$`));
    expect(code).toBe(1);
  });

  it('says in one line, and without the password, that there is no Redis at REDIS_URL', async () => {
    const port = String(await freePort());
    const { code, stderr } = await startDemo([], { REDIS_URL: `redis://:secret@127.0.0.1:${port}` }).ended;
    expect(stderr).toMatch(new RegExp(`^demo: no Redis at 127\\.0\\.0\\.1:${port}: .*ECONNREFUSED.*\n$`));
    expect(stderr).not.toContain('secret');
    expect(code).toBe(1);
  });

  it('says in one line which setting of the monitoring is missing', async () => {
    const { code, stderr } = await startDemo([], { INFLUX_URL: 'http://127.0.0.1:8086' }).ended;
    expect(stderr).toMatch(/^demo: INFLUX_TOKEN .*\n$/);
    expect(code).toBe(1);
  });
});

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
