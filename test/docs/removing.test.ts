import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startInflux1, type Influx1Server } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Load } from '../faults/support/load.ts';
import { expectCode, runCommand } from '../real/command.ts';
import { commandsOf } from './commands.ts';

const PAGE = 'docs/removing.md';
const SPOOL = '/var/lib/shop/spool';
const POINTS = 50;

describe('docs/removing.md', () => {
  const commands = commandsOf(PAGE);
  let influx: Influx1Server;
  let folder: string;

  beforeAll(async () => {
    influx = await startInflux1();
    folder = mkdtempSync(join(tmpdir(), 'removing-'));
  });

  afterAll(async () => {
    await influx.stop();
    rmSync(folder, { recursive: true });
  });

  const environment = (): Record<string, string> => ({ INFLUX_URL: influx.url, INFLUX_DATABASE: 'luna' });

  it('has no command that is not tried here', () => {
    expect(commands.map(({ words }) => words.join(' '))).toEqual([`replay ${SPOOL}`, 'setup --remove']);
  });

  it('sends what waits in a spool, then takes away all that setup and doctor made', async () => {
    expectCode(await runCommand(['setup', '--downsample', '--yes'], environment()), 0);
    expectCode(await runCommand(['doctor'], environment()), 0);
    const away = { url: `http://127.0.0.1:${String(await freePort())}`, credentials: { dbName: 'luna' } };
    const load = new Load({ ...away, delivery: { spoolFolder: folder, durability: 'wal' } });
    load.add(POINTS);
    await load.monitoring.stop({ timeoutMs: 0 });

    const [replay, remove] = commands;
    const words = replay?.words.map((word) => (word === SPOOL ? folder : word)) ?? [];
    expectCode(await runCommand(words, environment()), 0);
    expect(await influx.count('luna', 'requests')).toBe(POINTS);

    const { code, output } = await runCommand([...(remove?.words ?? []), '--yes'], environment());
    expect(code).toBe(0);
    // The page shows the first line, three dots, and the last ones of the plan.
    for (const shown of remove?.output.split('\n…\n') ?? []) expect(output).toContain(`${shown}\n`);
    expect(await influx.query('', 'SHOW DATABASES')).not.toContainEqual({ name: 'luna' });
  });
});
