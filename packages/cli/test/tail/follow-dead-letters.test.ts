import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LunaRequestInfluxMonitoring, RequestMonitoringPoint } from '@influx-monitoring/core';
import { startInflux1 } from '@influx-monitoring/test-servers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCaptured } from '../support/captured-terminal.ts';
import { startCommand } from '../support/running-command.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const COMMENT = '# 2026-01-31T12:00:00.000Z HTTP 400: unable to parse a line: invalid number\n';

function makeDeadLetters(): string {
  const folder = join(makeFolder(), 'dead-letters');
  mkdirSync(folder);
  return folder;
}

function stampsOf(output: string): string[] {
  const lines = output.split('\n').filter(Boolean);
  return lines.map((line) => (JSON.parse(line) as { stamp: string }).stamp);
}

describe('tail of a folder of dead letters', () => {
  it('shows what is in it without the reasons, then what comes, line by whole line', async () => {
    const folder = makeDeadLetters();
    const first = join(folder, '1-a.lp');
    writeFileSync(first, `${COMMENT}a f=1 1\na f=1 2\n`);
    const tail = startCommand(['tail', folder, '--json'], { folder: '/' });
    await tail.until(`follows ${folder}: 2 points were in it\n`);
    appendFileSync(first, `${COMMENT}a f=1 3\na f=`);
    await tail.until('"stamp":"3"');
    writeFileSync(join(folder, '2-b.lp'), 'a f=1 4\n');
    await tail.until('"stamp":"4"');
    appendFileSync(first, '1 5\n');
    await tail.until('"stamp":"5"');
    // Another file of the same name, as a process of the same number would make.
    writeFileSync(first, 'a f=1 6\n');
    await tail.until('"stamp":"6"');
    rmSync(first);
    appendFileSync(join(folder, '2-b.lp'), 'a f=1 7\n');
    await tail.until('"stamp":"7"');
    const { errorOutput, exitCode, output } = await tail.interrupt();
    expect(stampsOf(output)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    expect([exitCode, errorOutput]).toEqual([130, expect.stringContaining('interrupted; 7 points shown')]);
  });

  it('follows what a real InfluxDB refuses', async () => {
    const influx = await startInflux1();
    onTestFinished(() => influx.stop());
    await influx.createDatabase('luna');
    await influx.write('luna', `requests request_id=1 ${String(Date.now())}000000`);
    const folder = makeDeadLetters();
    const monitoring = new LunaRequestInfluxMonitoring({
      url: influx.url,
      credentials: { dbName: 'luna' },
      delivery: { deadLetterFolder: folder, signals: 'never' },
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
    const tail = startCommand(['tail', folder, '--series', 'requests'], { folder: '/' });
    await tail.until('nothing is in it yet');
    monitoring.addPoints([
      new RequestMonitoringPoint({
        executionTime: 0.5,
        method: 'GET',
        requestId: 'a-text-where-a-number-was',
        requestTime: monitoring.now(),
        resource: '/version',
        service: 'shop',
        statusCode: 200,
      }),
    ]);
    await monitoring.flush();
    await monitoring.stop();
    await tail.until('request_id=a-text-where-a-number-was');
    expect((await tail.interrupt()).output).toContain('route=GET:/version');
  });

  it('of a folder of another name takes that with .lp files and no queue', async () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'monday.lp'), 'a f=1 1\n');
    const tail = await runCaptured(['tail', folder, '--no-follow', '--json'], { folder: '/' });
    expect([tail.exitCode, stampsOf(tail.output)]).toEqual([0, ['1']]);
    mkdirSync(join(folder, 'queue-host-1-0-abc'));
    const spool = await runCaptured(['tail', folder, '--no-follow', '--json'], { folder: '/' });
    expect([spool.exitCode, spool.output]).toEqual([0, '']);
  });

  it('says what cannot be read', async () => {
    const folder = makeDeadLetters();
    mkdirSync(join(folder, 'x.lp'));
    const { errorOutput, exitCode } = await runCaptured(['tail', folder], { folder: '/' });
    expect([exitCode, errorOutput]).toEqual([1, `${join(folder, 'x.lp')} cannot be read (EISDIR)\n`]);
  });
});
