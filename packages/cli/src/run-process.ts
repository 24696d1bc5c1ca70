import { runCommand } from './command.ts';
import { OutputClosedError } from './terminal.ts';

/**
 * Runs the command of this process, and sets the process's exit code. Ctrl-C ends it cleanly, a second one at once.
 *
 * @example
 * ```ts
 * import { runProcess } from '@influx-monitoring/cli';
 *
 * await runProcess(); // as the command does, with the arguments of this process
 * ```
 */
export async function runProcess(): Promise<void> {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  // Who reads our output may leave, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') controller.abort(new OutputClosedError('nobody reads the output any more'));
  });
  process.exitCode = await runCommand(process.argv.slice(2), {
    environment: process.env,
    folder: process.cwd(),
    input: process.stdin,
    output: process.stdout,
    errorOutput: process.stderr,
    signal: controller.signal,
  });
  process.removeListener('SIGINT', abort);
  process.removeListener('SIGTERM', abort);
}
