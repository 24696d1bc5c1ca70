import { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { COMMAND } from '../command-name.ts';
import { loadAsAdministrator } from '../database/administrator.ts';
import { refusalOf } from '../database/influx2-client.ts';
import { targetOf } from '../database/target.ts';
import { withDeadline } from '../deadline.ts';
import { openDownsamplingStore } from '../downsampling/open-store.ts';
import type { DownsamplingStore, TimeRange } from '../downsampling/store.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import { createProgress } from '../progress.ts';
import { secondsArgument } from '../seconds-argument.ts';
import { printError, printLine, type Terminal } from '../terminal.ts';
import { timeArgument } from './time-argument.ts';
import { slicesOf, timeText, wholeWindows, windowCount } from './windows.ts';

interface BackfillFlags {
  readonly from: number;
  readonly to?: number;
  readonly timeout: number;
}

const DEFAULT_TIMEOUT_SECONDS = 60;

const EXAMPLES = `
Recomputes the five-minute values of \`setup --downsample\` from the stored points: after a replay, after a database outage
(during which no windows are computed), and for the time before the setup. Safe to repeat; windows whose points have
expired are left alone. If it needs an administrator, set INFLUX_ADMIN_USERNAME and INFLUX_ADMIN_PASSWORD (1.x) or
INFLUX_ADMIN_TOKEN (2.x).

Exit code: 0 if all windows are computed, 1 if something failed, 2 for a usage error, 130 after Ctrl-C.

Examples:
  $ ${COMMAND} backfill --from 24h
  $ ${COMMAND} backfill --from 2026-11-27T10:00Z --to 2026-11-27T12:30Z`;

/** The command `backfill`. */
export function backfillCommand(terminal: Terminal, onExit: (code: ExitCode) => void): Command {
  return new Command('backfill')
    .description('recompute the downsampled values of a time range')
    .requiredOption('--from <time>', '2026-11-27T10:00Z, or an age: 90m, 36h, 7d', timeArgument)
    .option('--to <time>', 'the same; by default the last complete window', timeArgument)
    .option('--timeout <seconds>', 'time limit of a request', secondsArgument, DEFAULT_TIMEOUT_SECONDS)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: BackfillFlags) => {
      onExit(await runBackfill(terminal, flags));
    });
}

async function runBackfill(terminal: Terminal, flags: BackfillFlags): Promise<ExitCode> {
  const { admin, version } = loadAsAdministrator(terminal);
  if (version === 3)
    throw new CommandError('InfluxDB 3 keeps no downsampled values of setup: there is nothing to compute');
  const timeoutMs = flags.timeout * 1000;
  const store = openDownsamplingStore(admin);
  const nowMs = Date.now();
  const wished = { startMs: flags.from, stopMs: flags.to ?? nowMs };
  if (wished.startMs >= wished.stopMs) throw new CommandError('--from is not before --to');
  try {
    const state = await withDeadline(timeoutMs, terminal.signal, (signal) => store.look(signal));
    if (state === undefined) {
      throw new CommandError(`${targetOf(admin)} is not downsampled: \`${COMMAND} setup --downsample\` makes that`);
    }
    const windows = wholeWindows(wished, state.retentionSeconds, nowMs);
    if (windows === undefined)
      throw new CommandError('no whole window of that time has its points: nothing is computed');
    if (windows.startMs > wished.startMs) {
      printError(terminal, `points before ${timeText(windows.startMs)} are no longer kept: it begins there`);
    }
    return await computeAll(terminal, store, windows, timeoutMs);
  } catch (error) {
    const { status, reason } = refusalOf(error);
    if (status === 0) throw error;
    throw new CommandError(
      `InfluxDB refuses: ${reason}; it takes a token that may read the bucket and write into the one of every 5m`,
    );
  }
}

async function computeAll(
  terminal: Terminal,
  store: DownsamplingStore,
  windows: TimeRange,
  timeoutMs: number,
): Promise<ExitCode> {
  const total = windowCount(windows);
  const progress = createProgress(terminal, total, 'windows');
  let doneCount = 0;
  let untilMs = windows.startMs;
  try {
    for (const slice of slicesOf(windows)) {
      await withDeadline(timeoutMs, terminal.signal, (signal) => store.compute(slice.startMs, slice.stopMs, signal));
      untilMs = slice.stopMs;
      doneCount += windowCount(slice);
      progress.update(doneCount, doneCount);
    }
  } catch (error) {
    progress.stop();
    tell(terminal, doneCount, { ...windows, stopMs: untilMs });
    if (!terminal.signal.aborted) throw error;
    printError(terminal, 'interrupted; the same command may be run again');
    return EXIT_CODES.interrupted;
  }
  progress.stop();
  tell(terminal, total, windows);
  return EXIT_CODES.done;
}

function tell(terminal: Terminal, count: number, { startMs, stopMs }: TimeRange): void {
  printLine(
    terminal,
    printable(
      `${String(count)} ${count === 1 ? 'window' : 'windows'} computed, ${timeText(startMs)} to ${timeText(stopMs)}`,
    ),
  );
}
