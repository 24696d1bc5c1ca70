import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startInflux1, type Influx1Server } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCaptured } from '../support/captured-terminal.ts';
import { runDoctor } from '../support/doctor-run.ts';
import { startSpooling } from '../support/left-spool.ts';
import { makeFolder } from '../support/temporary-folder.ts';

let influx: Influx1Server;

beforeAll(async () => {
  influx = await startInflux1();
  await influx.createDatabase('luna');
});

afterAll(() => influx.stop());

async function leaveSpool(spool: string, pointCount: number): Promise<void> {
  const service = await startSpooling(spool, pointCount);
  await service.stop();
}

async function spoolStep(spool: string): Promise<{ readonly message: string; readonly advice: string }> {
  const { steps } = await runDoctor(['--spool', spool], { folder: makeFolder() });
  const { message = '', advice = '' } = steps.find(({ step }) => step === 'spool folder') ?? {};
  return { message, advice };
}

async function replay(path: string): Promise<void> {
  const environment = { INFLUX_URL: influx.url, INFLUX_DATABASE: 'luna' };
  expect(await runCaptured(['replay', path], { environment, folder: makeFolder() })).toMatchObject({ exitCode: 0 });
}

describe('doctor and a spool that was replayed', () => {
  it('names the lines that a replay has sent, and what to do with them', async () => {
    const spool = join(makeFolder(), 'spool');
    await leaveSpool(spool, 3);
    expect((await spoolStep(spool)).message).not.toContain('replay has sent');
    await replay(spool);
    const { advice, message } = await spoolStep(spool);
    expect(message).toContain('3 lines wait in it; 1 of its queues have no process any more');
    expect(message).toContain('; a replay has sent 3 of those lines already; ');
    expect(advice).toBe(
      'delete its queues once you are content: a service that starts sends them once more, which changes nothing.',
    );
  });

  it('tells those from what came later', async () => {
    const spool = join(makeFolder(), 'spool');
    await leaveSpool(spool, 3);
    await replay(spool);
    await leaveSpool(spool, 2);
    const { advice, message } = await spoolStep(spool);
    // The second service took the points of the first over.
    expect(message).toMatch(/5 lines wait in it; .*; a replay has sent 3 of those lines already; /);
    expect(advice).toContain(`replay ${spool}\` sends what no process has`);
  });

  it('sees a replay of one queue, and says that it was interrupted', async () => {
    const spool = join(makeFolder(), 'spool');
    await leaveSpool(spool, 3);
    const [queue = ''] = readdirSync(spool).map((name) => join(spool, name));
    const [segment = ''] = readdirSync(queue).filter((name) => name.endsWith('.segment'));
    const { mtimeMs, size } = statSync(join(queue, segment));
    const files = { [segment]: { byteCount: size, changedAtMs: mtimeMs, lines: 1 } };
    writeFileSync(`${queue}.replay-cursor`, JSON.stringify({ target: 'somewhere', files }));
    expect((await spoolStep(spool)).message).toContain(
      'a replay has sent 1 of those lines already, and was interrupted',
    );
    // Of a segment that has changed since, nothing is known.
    writeFileSync(
      `${queue}.replay-cursor`,
      JSON.stringify({ files: { [segment]: { ...files[segment], byteCount: 1 } } }),
    );
    expect((await spoolStep(spool)).message).not.toContain('replay has sent');
  });

  it('is replayed from its beginning when it is replayed again', async () => {
    const spool = join(makeFolder(), 'spool');
    await leaveSpool(spool, 3);
    await replay(spool);
    await influx.dropDatabase('luna');
    await influx.createDatabase('luna');
    await replay(spool);
    expect(await influx.count('luna', 'requests')).toBe(3);
  });
});
