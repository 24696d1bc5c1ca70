import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeFrameSync, SEGMENT_MAGIC } from '../../../core/src/spool/segment/frame.ts';
import { runCaptured } from '../support/captured-terminal.ts';
import { startSpooling } from '../support/left-spool.ts';
import { startCommand } from '../support/running-command.ts';
import { spawnCommand } from '../support/spawned-command.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const frameOf = (...lines: string[]): Buffer =>
  encodeFrameSync({ bytes: Buffer.from(lines.join('\n')), lineCount: lines.length }, 1);

/** A spool with one queue and no segment. */
function makeSpool(): { readonly spool: string; readonly queue: string } {
  const spool = join(makeFolder(), 'spool');
  const queue = join(spool, 'queue-host-1-0-abc');
  mkdirSync(queue, { recursive: true });
  return { spool, queue };
}

function writeSegment(queue: string, name: string, ...frames: Buffer[]): string {
  const path = join(queue, `${name}.segment`);
  writeFileSync(path, Buffer.concat([SEGMENT_MAGIC, ...frames]));
  return path;
}

/** What stands for each point of `a f=1 1`: its stamp. */
function stampsOf(output: string): string[] {
  const lines = output.split('\n').filter(Boolean);
  return lines.map((line) => (JSON.parse(line) as { stamp: string }).stamp);
}

describe('tail of a spool', () => {
  it('shows what waits in that of a living service, oldest first, and what comes to it', async () => {
    const spool = join(makeFolder(), 'spool');
    const first = await startSpooling(spool, 3);
    const tail = startCommand(['tail', spool, '--tag', 'route=GET:/version'], { folder: '/' });
    await tail.until(`follows ${spool}: 3 points waited in it\n`);
    const second = await startSpooling(spool, 2);
    await tail.lines(6);
    await first.stop();
    await second.stop();
    const { exitCode, output, errorOutput } = await tail.interrupt();
    expect(exitCode).toBe(130);
    expect(output.match(/request_id=id-\d/g)).toEqual(['0', '1', '2', '0', '1'].map((id) => `request_id=id-${id}`));
    expect(output).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}requests +status_code=200 {2}route=GET:\/version {2}service=shop/,
    );
    expect(errorOutput).toContain('interrupted; 5 points shown');
    // Nothing of it is changed: the service's points are still there.
    const left = await runCaptured(['tail', spool, '--no-follow'], { folder: '/' });
    expect(left).toMatchObject({ exitCode: 0, errorOutput: '', output });
  });

  it('shows each point once while a segment grows, is delivered in part, moves to another queue, and goes', async () => {
    const { spool, queue } = makeSpool();
    const path = writeSegment(queue, '1-1-abc', frameOf('a f=1 1', 'a f=1 2'));
    const tail = startCommand(['tail', spool, '--json'], { folder: '/' });
    await tail.until('2 points waited in it');
    appendFileSync(path, frameOf('a f=1 3'));
    await tail.until('"stamp":"3"');
    // The first frame is delivered.
    writeFileSync(`${path}.cursor`, String(SEGMENT_MAGIC.length + frameOf('a f=1 1', 'a f=1 2').length));
    const frame = frameOf('a f=1 4');
    appendFileSync(path, frame.subarray(0, 11));
    writeSegment(queue, '1-2-abc', frameOf('a f=1 5'));
    await tail.until('"stamp":"5"');
    appendFileSync(path, frame.subarray(11));
    await tail.until('"stamp":"4"');
    // Another process takes it over.
    const other = join(spool, 'queue-host-2-0-def');
    mkdirSync(other);
    const moved = join(other, basename(path));
    renameSync(`${path}.cursor`, `${moved}.cursor`);
    renameSync(path, moved);
    writeSegment(queue, '1-3-abc', frameOf('a f=1 6'));
    await tail.until('"stamp":"6"');
    rmSync(moved);
    writeSegment(other, '1-4-abc', frameOf('a f=1 7'));
    await tail.until('"stamp":"7"');
    expect(stampsOf((await tail.interrupt()).output)).toEqual(['1', '2', '3', '5', '4', '6', '7']);
  });

  it('waits for a first point', async () => {
    const folder = makeFolder();
    const tail = startCommand(['tail', folder, '--json'], { folder: '/' });
    await tail.until('nothing waits in it yet');
    mkdirSync(join(folder, 'queue-host-1-0-abc'));
    writeSegment(join(folder, 'queue-host-1-0-abc'), '1-1-abc', frameOf('a f=1 1'));
    await tail.until('"stamp":"1"');
    expect((await tail.interrupt()).exitCode).toBe(130);
  });

  it('passes over what is broken, and says so once', async () => {
    const { spool, queue } = makeSpool();
    const path = writeSegment(queue, '1-1-abc', frameOf('a f=1 1'), frameOf('a f=1 2'));
    const bytes = readFileSync(path);
    bytes[SEGMENT_MAGIC.length + 30] = (bytes[SEGMENT_MAGIC.length + 30] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const tail = startCommand(['tail', spool, '--json'], { folder: '/' });
    await tail.until('follows');
    appendFileSync(path, frameOf('a f=1 3'));
    await tail.until('"stamp":"3"');
    const { errorOutput, output } = await tail.interrupt();
    expect(stampsOf(output)).toEqual(['2', '3']);
    expect(errorOutput.match(/1-1-abc\.segment: some of it is broken, and passed over\n/g)).toHaveLength(1);
  });

  it('takes a queue, or a segment; and the points of the last minutes alone', async () => {
    const { queue } = makeSpool();
    const now = BigInt(Date.now()) * 1_000_000n;
    const old = String(now - 3_600_000_000_000n);
    const path = writeSegment(queue, '1-1-abc', frameOf(`a f=1 ${old}`, `a f=1 ${String(now)}`));
    const tail = async (...own: string[]): Promise<string[]> =>
      stampsOf((await runCaptured(['tail', '--no-follow', '--json', ...own], { folder: '/' })).output);
    expect(await tail(queue)).toEqual([old, String(now)]);
    expect(await tail(path)).toEqual([old, String(now)]);
    expect(await tail(queue, '--since', '30m')).toEqual([String(now)]);
    expect(await tail(queue, '--since', '2h')).toEqual([old, String(now)]);
    expect(await tail(queue, '--series', 'b')).toEqual([]);
  });

  it('prints nothing that a terminal obeys, whatever lies on the disk', async () => {
    const { spool, queue } = makeSpool();
    writeSegment(queue, '1-1-abc', frameOf('a\u001b[2J,b\u009b=c\u0007 f="\u001b]0;x\u0007" 1', '\u001b[2J'));
    for (const own of [[], ['--json']]) {
      const { output, errorOutput } = await runCaptured(['tail', spool, '--no-follow', ...own], { folder: '/' });
      expect(output.split('\n')).toHaveLength(2);
      for (const obeyed of ['\u001b', '\u0007', '\u009b']) expect(output + errorOutput).not.toContain(obeyed);
    }
  });

  it('ends with 130 at Ctrl-C as a process of its own', async () => {
    const { spool, queue } = makeSpool();
    writeSegment(queue, '1-1-abc', frameOf('a f=1 1'));
    const command = spawnCommand(['tail', spool, '--json'], { folder: makeFolder() });
    await command.said('1 point waited in it');
    command.kill('SIGINT');
    const { exitCode, errorOutput, output } = await command.done;
    expect([exitCode, stampsOf(output)]).toEqual([130, ['1']]);
    expect(errorOutput).toMatch(/interrupted; 1 point shown\n$/);
  });

  it('says what is no spool', async () => {
    const folder = makeFolder();
    const file = join(folder, 'monday.lp');
    writeFileSync(file, '');
    const tail = (path: string) => runCaptured(['tail', path], { folder: '/' });
    expect(await tail(join(folder, 'none'))).toEqual({
      exitCode: 1,
      output: '',
      errorOutput: `${join(folder, 'none')} cannot be read (ENOENT)\n`,
    });
    expect((await tail(file)).errorOutput).toContain('expected an address, a spool folder, a queue of one');
    expect(readdirSync(folder)).toEqual(['monday.lp']);
    // What only has the name of a queue is none.
    copyFileSync(file, join(folder, 'queue-file'));
    const noQueue = await runCaptured(['tail', folder, '--no-follow'], { folder: '/' });
    expect(noQueue).toMatchObject({ exitCode: 0, output: '' });
    const { spool, queue } = makeSpool();
    mkdirSync(join(queue, '1-1-abc.segment'));
    expect(await tail(spool)).toMatchObject({ exitCode: 1, output: '' });
    expect((await tail(spool)).errorOutput).toMatch(/^\S+\/1-1-abc\.segment cannot be read \(not a regular file\)/);
  });
});
