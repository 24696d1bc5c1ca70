import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCaptured } from './support/captured-terminal.ts';
import { makeFolder } from './support/temporary-folder.ts';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
  version: string;
};

describe('influx-monitoring', () => {
  it('says its version', async () => {
    expect(await runCaptured(['--version'], { folder: makeFolder() })).toEqual({
      exitCode: 0,
      output: `${version}\n`,
      errorOutput: '',
    });
  });

  it('ends with 2 where it is called wrong, and says how it is called', async () => {
    const run = await runCaptured(['dctor\u001b[2J'], { folder: makeFolder() });
    expect(run).toMatchObject({ exitCode: 2, output: '' });
    expect(run.errorOutput).toContain("error: unknown command 'dctor\\u{1b}[2J'");
    expect(run.errorOutput).toContain('(see --help for usage)');
  });

  it.each([
    ['doctor', '--jsn'],
    ['doctor', '--timeout', '0'],
    ['doctor', '--timeout', 'soon'],
    ['doctor', '--timeout', '601'],
    ['doctor', '--spool'],
    ['doctor', 'now'],
  ])('ends with 2 at %s %s %s', async (...commandArguments) => {
    const run = await runCaptured(commandArguments.filter(Boolean), { folder: makeFolder() });
    expect(run).toMatchObject({ exitCode: 2, output: '' });
    expect(run.errorOutput).toContain('error: ');
  });

  it('shows its help, with 2, where no command is given', async () => {
    const run = await runCaptured([], { folder: makeFolder() });
    expect(run.exitCode).toBe(2);
    expect(run.errorOutput).toContain('Usage: influx-monitoring [options] [command]');
  });

  it('lists every command in its help, and says what it ends with', async () => {
    const run = await runCaptured(['--help'], { folder: makeFolder() });
    expect(run).toMatchObject({ exitCode: 0, errorOutput: '' });
    const names = [...run.output.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, name]) => name);
    expect(names).toEqual(['doctor', 'setup', 'replay', 'backfill', 'tail']);
    expect(run.output).toContain('Exit code: 0 done, 1 something failed, 2 usage error, 130 ended by Ctrl-C.');
  });

  it.each(['doctor', 'setup', 'replay', 'backfill', 'tail'])(
    'has examples and exit codes in the help of %s',
    async (name) => {
      const run = await runCaptured([name, '--help'], { folder: makeFolder() });
      expect(run).toMatchObject({ exitCode: 0, errorOutput: '' });
      expect(run.output).toMatch(new RegExp(`Examples:\n  \\$ npx @influx-monitoring/cli ${name}`));
      for (const code of ['0 ', '1 (?:if|after)\\s', '2 for a\\susage error', '130 after']) {
        expect(run.output).toMatch(new RegExp(`Exit code:[^]*${code}`));
      }
    },
  );
});
