import { Command, InvalidArgumentError } from 'commander';
import { CommandError } from '../command-error.ts';
import { COMMAND } from '../command-name.ts';
import { withDeadline } from '../deadline.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import { secondsArgument } from '../seconds-argument.ts';
import { colorsOf, printError, printLine, type Terminal } from '../terminal.ts';
import { askToGoOn } from './confirm.ts';
import { planDatabase, type DatabaseTask } from './database-plan.ts';
import { planGrafana } from './grafana-plan.ts';
import type { PlanItem } from './plan.ts';
import { retentionArgument } from './retention.ts';

interface SetupFlags {
  readonly activate?: true;
  readonly alerts?: string | true;
  readonly downsample?: true;
  readonly grafana?: string;
  readonly grafanaToken?: string;
  readonly makeToken?: true;
  readonly remove?: true;
  readonly retention?: number;
  readonly timeout: number;
  readonly yes?: true;
}

const DEFAULT_TIMEOUT_SECONDS = 10;

const EXAMPLES = `
Creates what is missing in the database that the service is configured for (see doctor), and changes nothing that is as it
should be. Shows its plan first, and asks; --remove removes what it created. If it needs an administrator, set
INFLUX_ADMIN_USERNAME and INFLUX_ADMIN_PASSWORD (1.x) or INFLUX_ADMIN_TOKEN (2.x). Grafana's token may be in GRAFANA_TOKEN,
since other users of this machine can read command lines.

Exit code: 0 if everything is as it should be, 1 if something failed or the answer was no, 2 for a usage error, 130 after
Ctrl-C.

Examples:
  $ ${COMMAND} setup --retention 30d
  $ ${COMMAND} setup --retention 30d --downsample --yes
  $ GRAFANA_TOKEN=… ${COMMAND} setup --grafana https://grafana.example`;

/** The command `setup`. */
export function setupCommand(terminal: Terminal, onExit: (code: ExitCode) => void): Command {
  return new Command('setup')
    .description('create the database or bucket, its retention, downsampling and the dashboards')
    .option('--retention <time>', 'how long to keep points: 12h, 30d, 8w, forever', retentionArgument)
    .option('--downsample', 'keep five-minute values forever')
    .option('--alerts [url]', 'create checks (2.x), and post their statuses to this address', urlArgument)
    .option('--activate', 'activate an inactive task (2.x)')
    .option('--make-token', 'create a token that may write to the bucket and one that may read it (2.x)')
    .option('--grafana <url>', 'install the dashboards in this Grafana', urlArgument)
    .option('--grafana-token <token>', 'token of a service account with the role Editor (or GRAFANA_TOKEN)')
    .option('--remove', 'remove what setup created, and the database if nothing else is in it')
    .option('--timeout <seconds>', 'time limit of each request', secondsArgument, DEFAULT_TIMEOUT_SECONDS)
    .option('--yes', 'do not ask')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: SetupFlags) => {
      onExit(await runSetup(terminal, flags));
    });
}

function urlArgument(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new InvalidArgumentError('Expected an address, as in https://grafana.example.');
}

async function runSetup(terminal: Terminal, flags: SetupFlags): Promise<ExitCode> {
  try {
    const items = await planAll(terminal, flags);
    printPlan(terminal, items);
    const due = items.filter(({ action }) => action !== 'none');
    if (due.length === 0) {
      printLine(terminal, 'nothing to do: all of it is there');
      return EXIT_CODES.done;
    }
    if (flags.yes !== true && !(await isAgreed(terminal))) return codeOfNo(terminal);
    await applyAll(terminal, due, flags.timeout * 1000);
    return EXIT_CODES.done;
  } catch (error) {
    if (!terminal.signal.aborted) throw error;
    return codeOfNo(terminal);
  }
}

function codeOfNo(terminal: Terminal): ExitCode {
  const { aborted } = terminal.signal;
  printError(terminal, aborted ? 'interrupted; the same command goes on from here' : 'nothing was changed');
  return aborted ? EXIT_CODES.interrupted : EXIT_CODES.failed;
}

async function planAll(terminal: Terminal, flags: SetupFlags): Promise<PlanItem[]> {
  const { environment, signal } = terminal;
  const timeoutMs = flags.timeout * 1000;
  const token = flags.grafanaToken ?? environment['GRAFANA_TOKEN'] ?? '';
  if (flags.grafana !== undefined && token === '') {
    throw new CommandError('--grafana needs a token: --grafana-token, or GRAFANA_TOKEN in the environment');
  }
  const items = await withDeadline(timeoutMs, signal, (planning) => planDatabase(terminal, taskOf(flags), planning));
  const { grafana: url } = flags;
  if (url === undefined) return items;
  return [...items, ...(await withDeadline(timeoutMs, signal, (planning) => planGrafana({ url, token }, planning)))];
}

function taskOf({ remove, ...flags }: SetupFlags): DatabaseTask {
  if (remove === true) {
    const other = ['retention', 'downsample', 'alerts', 'activate', 'makeToken', 'grafana'].find(
      (name) => name in flags,
    );
    if (other !== undefined) throw new CommandError('--remove is for itself: leave the other options out');
    return 'removal';
  }
  return {
    retentionSeconds: flags.retention,
    isDownsampled: flags.downsample === true,
    isActivated: flags.activate === true,
    hasTokens: flags.makeToken === true,
    alerts: flags.alerts === true ? '' : flags.alerts,
  };
}

const SIGNS = { make: 'make  ', change: 'change', remove: 'remove', none: 'is    ' } as const;

function printPlan(terminal: Terminal, items: readonly PlanItem[]): void {
  const colors = colorsOf(terminal);
  const paint = { make: colors.green, change: colors.yellow, remove: colors.red, none: colors.dim };
  for (const { action, description, caution } of items) {
    printLine(terminal, `${paint[action](SIGNS[action])}  ${printable(description)}`);
    if (caution !== undefined) printLine(terminal, `        ${colors.bold(`! ${printable(caution)}`)}`);
  }
}

function isAgreed(terminal: Terminal): Promise<boolean> {
  if (terminal.input.isTTY !== true) {
    throw new CommandError('not a terminal; rerun with --yes');
  }
  return askToGoOn(terminal, 'Go on?');
}

async function applyAll(terminal: Terminal, items: readonly PlanItem[], timeoutMs: number): Promise<void> {
  const colors = colorsOf(terminal);
  let doneCount = 0;
  try {
    for (const item of items) {
      const shown = await withDeadline(timeoutMs, terminal.signal, (signal) => item.apply(signal));
      doneCount += 1;
      printLine(terminal, `${colors.green('done  ')}  ${printable(item.description)}`);
      if (shown !== undefined) printLine(terminal, `        ${colors.bold(printable(shown))}`);
    }
  } catch (error) {
    for (const { description } of items.slice(doneCount)) {
      printLine(
        terminal,
        `${colors.red(description === items[doneCount]?.description ? 'failed' : 'undone')}  ${printable(description)}`,
      );
    }
    throw error;
  }
}
