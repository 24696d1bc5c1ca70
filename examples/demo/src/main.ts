import { HELP, readArguments, UsageError } from './arguments.ts';
import { runDemo } from './demo.ts';

process.env['MONITORING_SERVICE'] ??= 'luna-sender';

const interruption = new AbortController();
const interrupt = (): void => {
  interruption.abort();
};
// Stopping has its own time limits, so a second Ctrl-C changes nothing.
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);
// Whoever read the output has gone: `npm run demo | head`.
process.stdout.on('error', interrupt);

try {
  const options = readArguments(process.argv.slice(2));
  if (options.isHelp) process.stdout.write(HELP);
  else if (!(await runDemo(options, interruption.signal))) process.exitCode = 1;
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`demo: ${message}${error instanceof UsageError ? ' (--help tells more)' : ''}\n`);
  process.exitCode = 1;
}
