import { loadConfiguration } from '@influx-monitoring/core/internal';
import { Command, InvalidArgumentError } from 'commander';
import { backfillArguments } from '../backfill/windows.ts';
import { CommandError } from '../command-error.ts';
import { targetOf } from '../database/target.ts';
import { withDeadline } from '../deadline.ts';
import { openDownsamplingStore } from '../downsampling/open-store.ts';
import { INTERVAL_MS, LATENESS_MS } from '../downsampling/series.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import { secondsArgument } from '../seconds-argument.ts';
import { colorsOf, printError, printLine, type Terminal } from '../terminal.ts';
import { openInput, type ReplayInput } from './inputs.ts';
import { createProgress } from '../progress.ts';
import { replay, type ReplayPlan } from './replay.ts';
import { Tally } from './tally.ts';
import { COMMAND } from '../command-name.ts';

interface ReplayFlags {
  readonly dryRun?: true;
  readonly retries: number;
  readonly timeout: number;
}

const DEFAULT_RETRIES = 8;
const MAX_RETRIES = 1000;
const DEFAULT_TIMEOUT_SECONDS = 30;

const EXAMPLES = `
Takes spool folders (of processes that have ended), folders of dead letters, and files of line protocol with nanosecond
timestamps: .lp, .gz, .lp.gz and .segment. Sends to the database that the service is configured for: see doctor.

Continues an interrupted run, from the file <path>.replay-cursor. A line sent again overwrites itself. Files are never
changed.

Exit code: 0 if every line is stored, 1 if some were refused or something failed, 2 for a usage error, 130 after Ctrl-C.

Examples:
  $ ${COMMAND} replay /var/lib/shop/spool
  $ ${COMMAND} replay /var/lib/shop/spool/dead-letters --dry-run
  $ ${COMMAND} replay monday.lp.gz tuesday.lp.gz`;

/** The command `replay`. */
export function replayCommand(terminal: Terminal, onExit: (code: ExitCode) => void): Command {
  return new Command('replay')
    .description('send a spool folder, dead letters or line protocol to the database')
    .argument('<path...>', 'folders and files')
    .option('--dry-run', 'read and count, but send nothing')
    .option('--retries <count>', 'how often to retry a batch', parseRetries, DEFAULT_RETRIES)
    .option('--timeout <seconds>', 'time limit of a request', secondsArgument, DEFAULT_TIMEOUT_SECONDS)
    .addHelpText('after', EXAMPLES)
    .action(async (paths: string[], flags: ReplayFlags) => {
      onExit(await runReplay(terminal, paths, flags));
    });
}

function parseRetries(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count <= MAX_RETRIES) return count;
  throw new InvalidArgumentError(`Expected a whole number from 0 to ${String(MAX_RETRIES)}.`);
}

async function runReplay(terminal: Terminal, paths: readonly string[], flags: ReplayFlags): Promise<ExitCode> {
  const isDry = flags.dryRun === true;
  const { environment, folder } = terminal;
  const { settings, version } = loadConfiguration({}, { environment, folder });
  if (settings === undefined && !isDry) {
    throw new CommandError('no InfluxDB is configured: set INFLUX_URL and credentials, as for the service');
  }
  const target = settings === undefined ? 'nowhere, since no InfluxDB is configured' : targetOf(settings);
  printError(terminal, printable(isDry ? `would go to ${target}` : `goes to ${target}`));
  const inputs = openInputs(paths);
  for (const { note } of inputs) if (note !== undefined) printError(terminal, printable(note));
  try {
    const plan = {
      inputs,
      settings: isDry ? undefined : settings,
      version,
      retryCount: flags.retries,
      timeoutMs: flags.timeout * 1000,
    };
    return await replayAndTell(terminal, plan, isDry);
  } finally {
    for (const input of inputs) input.release();
  }
}

function openInputs(paths: readonly string[]): ReplayInput[] {
  const inputs: ReplayInput[] = [];
  try {
    for (const path of paths) inputs.push(openInput(path));
    return inputs;
  } catch (error) {
    for (const input of inputs) input.release();
    throw error;
  }
}

async function replayAndTell(terminal: Terminal, plan: ReplayPlan, isDry: boolean): Promise<ExitCode> {
  const tally = new Tally();
  const byteCount = plan.inputs.flatMap(({ files }) => files).reduce((sum, file) => sum + file.byteCount, 0);
  const progress = createProgress(terminal, byteCount, 'lines');
  let failure: unknown;
  try {
    await replay(plan, tally, progress, terminal);
  } catch (error) {
    failure = error;
  }
  progress.stop();
  printTally(terminal, tally, isDry);
  if (failure === undefined) {
    await printBackfill(terminal, plan, tally);
    return tally.refusedCount > 0 ? EXIT_CODES.failed : EXIT_CODES.done;
  }
  const isInterrupted = terminal.signal.aborted;
  const sentence = isInterrupted ? 'interrupted' : messageOf(failure);
  const hint = isDry ? '' : '; the same command goes on from here';
  printError(terminal, colorsOf(terminal).red(printable(`${sentence}${hint}`)));
  return isInterrupted ? EXIT_CODES.interrupted : EXIT_CODES.failed;
}

/** What is no failure of the replay is a fault of ours, and told as such by whoever catches it. */
function messageOf(failure: unknown): string {
  if (failure instanceof CommandError) return failure.message;
  throw failure;
}

/** Windows are computed again for points that come late, but not for these. */
async function printBackfill(terminal: Terminal, plan: ReplayPlan, { writtenRange }: Tally): Promise<void> {
  const { settings, timeoutMs, version } = plan;
  if (settings === undefined || version === 3 || writtenRange === undefined) return;
  if (writtenRange.startMs > Date.now() - LATENESS_MS) return;
  // A token that may only write sees nothing of it: then it may be.
  const isKnown = await withDeadline(timeoutMs, terminal.signal, async (signal) => {
    return (await openDownsamplingStore(settings).look(signal)) !== undefined;
  }).catch(() => undefined);
  if (isKnown === false) return;
  const startMs = Math.floor(writtenRange.startMs / INTERVAL_MS) * INTERVAL_MS;
  const stopMs = Math.ceil(writtenRange.stopMs / INTERVAL_MS) * INTERVAL_MS;
  const when = isKnown === true ? 'for the downsampled values of that time' : 'where it is downsampled';
  printError(terminal, `${when}: \`${COMMAND} ${backfillArguments({ startMs, stopMs })}\``);
}

function printTally(terminal: Terminal, { read, written, refused, refusedCount }: Tally, isDry: boolean): void {
  const ended = isDry ? 'would be sent' : 'written';
  const count = isDry ? read - refusedCount : written;
  printLine(terminal, `${String(read)} lines read, ${String(count)} ${ended}, ${String(refusedCount)} refused`);
  for (const [reason, refusals] of refused) printLine(terminal, printable(`  ${String(refusals)}: ${reason}`));
}
