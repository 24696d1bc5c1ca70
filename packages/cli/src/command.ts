import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { backfillCommand } from './backfill/command.ts';
import { COMMAND } from './command-name.ts';
import { failureReason } from './database/http.ts';
import { doctorCommand } from './doctor/command.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { printable } from './printable.ts';
import { replayCommand } from './replay/command.ts';
import { setupCommand } from './setup/command.ts';
import { tailCommand } from './tail/command.ts';
import { colorsOf, printError, type Terminal } from './terminal.ts';

const MORE_HELP = `
${COMMAND} <command> --help says what a command does, with examples.
Exit code: 0 done, 1 something failed, 2 usage error, 130 ended by Ctrl-C. NO_COLOR takes the colours away.`;

/**
 * Runs `influx-monitoring` with arguments. It never rejects and never ends the process.
 *
 * @param commandArguments - without those of Node: `['doctor', '--json']`
 * @returns what the process should end with
 *
 * @example
 * ```ts
 * import { runCommand } from '@influx-monitoring/cli';
 *
 * const { signal } = new AbortController();
 * const { env: environment, stdin: input, stdout: output, stderr: errorOutput } = process;
 * const terminal = { environment, folder: process.cwd(), input, output, errorOutput, signal };
 * process.exitCode = await runCommand(['doctor', '--help'], terminal);
 * ```
 */
export async function runCommand(commandArguments: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_CODES.done;
  const program = createProgram(terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...commandArguments], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.usage;
    printError(terminal, colorsOf(terminal).red(printable(failureReason(error))));
    return EXIT_CODES.failed;
  }
}

function createProgram(terminal: Terminal, onExit: (code: ExitCode) => void): Command {
  const program = new Command('influx-monitoring')
    .description('Checks, repairs and shows what influx-monitoring sends to InfluxDB.')
    .version(versionOfPackage(), '-V, --version')
    .showHelpAfterError('(see --help for usage)')
    .addHelpText('after', MORE_HELP);
  program.addCommand(doctorCommand(terminal, onExit));
  program.addCommand(setupCommand(terminal, onExit));
  program.addCommand(replayCommand(terminal, onExit));
  program.addCommand(backfillCommand(terminal, onExit));
  program.addCommand(tailCommand(terminal, onExit));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.output.write(text),
      writeErr: (text) => terminal.errorOutput.write(text),
      // It quotes what it was called with.
      outputError: (text, write) => {
        write(`${text.trimEnd().split('\n').map(printable).join('\n')}\n`);
      },
      getOutHasColors: () => colorsOf(terminal).isColorSupported,
      getErrHasColors: () => colorsOf(terminal).isColorSupported,
    });
  }
  return program;
}

function versionOfPackage(): string {
  // The folder above src and dist; the file has a version, or npm would not install it.
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  return version;
}
