import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startRedis, type RedisServer } from '@influx-monitoring/test-servers';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VARIANTS } from './support/clients.ts';

const SCRIPT = fileURLToPath(new URL('support/failing-listener.ts', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errorLine: string | undefined;
}

/** Runs the script in a process of its own. */
async function run(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', TSX, '--conditions=@influx-monitoring/source', SCRIPT, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return {
    code,
    output: output.trim(),
    errorLine: errors.split('\n').find((line) => /thrown|rejected|NOPERM|Error: /.test(line)),
  };
}

interface Result {
  readonly journal: string[];
  readonly errors: number;
}

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
  const client = createClient({ url: server.url });
  await client.connect();
  await client.sendCommand(['ACL', 'SETUSER', 'limited', 'on', '>secret', '+@all', '~*', 'resetchannels', '&x:*']);
  client.destroy();
});
afterAll(async () => {
  await server.stop();
});

describe('a listener that fails', () => {
  const results = new Map<string, Record<string, Result>>();
  beforeAll(async () => {
    const treatments = ['bare', 'instrumented', 'isolated'];
    const ended = await Promise.all(treatments.map((treatment) => run(server.url, treatment, 'survive')));
    for (const [index, { output, errorLine }] of ended.entries()) {
      expect(errorLine).toBeUndefined();
      results.set(treatments[index] ?? '', JSON.parse(output) as Record<string, Result>);
    }
  });

  describe.each(VARIANTS)('of $name', ({ name }) => {
    it.each(['throw', 'throw a text', 'reject', 'reject later'])('has done the same as without us: %s', (mode) => {
      const key = `${name}: ${mode}`;
      const bare = results.get('bare')?.[key];
      const result = results.get('instrumented')?.[key];
      expect(result?.journal).toEqual(bare?.journal);
      // What kills the client's parser makes it emit an error of its own.
      const follows = bare?.journal.filter((entry) => entry.startsWith('error: Cannot read')).length ?? 0;
      expect(result?.errors).toBe(1 + follows);
      expect(bare?.errors).toBe(0);
    });

    it.each(['throw', 'throw a text', 'reject', 'reject later'])('is survived where it is isolated: %s', (mode) => {
      const messages = ['1', '2', '3'].flatMap((each) => [`a: ${each}`, `b: ${each}`]);
      expect(results.get('isolated')?.[`${name}: ${mode}`]).toEqual({
        journal: [...messages, 'answers: true', 'a: 4', 'b: 4', 'answers: true'],
        errors: 1,
      });
    });
  });

  it('leaves a subscriber dead where the README says so', () => {
    const dead = Object.entries(results.get('bare') ?? {})
      .filter(([key, { journal }]) => key.endsWith(': throw') && !journal.includes('a: 4'))
      .map(([key]) => key.split(':')[0]);
    expect(dead).toEqual(['node-redis 4', 'node-redis 5', 'node-redis 6, RESP 2']);
  });
});

describe('the end of a process', () => {
  it.each([
    ['node-redis 6', 'throw'],
    ['node-redis 6', 'reject'],
    ['node-redis 6', 'subscribe'],
    ['ioredis 6', 'throw'],
    ['ioredis 6', 'subscribe'],
  ])('is the same with %s: %s', async (name, mode) => {
    const url = server.url.replace('redis://', 'redis://limited:secret@');
    const [bare, result] = await Promise.all(
      ['bare', 'instrumented'].map((treatment) => run(url, treatment, `${name}/${mode}`)),
    );
    expect(bare).toMatchObject({ code: 1, output: '' });
    expect(bare?.errorLine).toMatch(/thrown|rejected|NOPERM/);
    expect(result).toEqual(bare);
  });
});
