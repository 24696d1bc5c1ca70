import { Influx1Settings, Influx2Settings, loadConfiguration } from '@influx-monitoring/core';
import { Command, InvalidArgumentError } from 'commander';
import { CommandError } from '../command-error.ts';
import { withDeadline } from '../deadline.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import { secondsArgument } from '../seconds-argument.ts';
import { colorsOf, printError, printLine, type Terminal } from '../terminal.ts';
import { askToGoOn } from './confirm.ts';
import { planGrafana } from './grafana-plan.ts';
import { planInflux1, type DatabaseWishes } from './influx1-plan.ts';
import { planInflux2 } from './influx2-plan.ts';
import { settled, type PlanItem } from './plan.ts';
import { retentionArgument } from './retention.ts';

interface SetupFlags {
  readonly downsample?: true;
  readonly grafana?: string;
  readonly grafanaToken?: string;
  readonly retention?: number;
  readonly timeout: number;
  readonly yes?: true;
}

const DEFAULT_TIMEOUT_SECONDS = 10;

const EXAMPLES = `
Makes what is missing of the database that the service is configured for (see doctor), and changes nothing that is as it
should be. It shows its plan first, and asks. Where it takes an administrator: INFLUX_ADMIN_USERNAME and
INFLUX_ADMIN_PASSWORD (1.x) or INFLUX_ADMIN_TOKEN (2.x) in the environment. The token of Grafana may stand there, too, as
GRAFANA_TOKEN: what stands on a command line, others on this machine can read.

Exit code: 0 where all is as it should be, 1 where something failed or the answer was no, 2 for a wrong call, 130 after
Ctrl-C.

Examples:
  $ influx-monitoring setup --retention 30d
  $ influx-monitoring setup --retention 30d --downsample --yes
  $ GRAFANA_TOKEN=… influx-monitoring setup --grafana https://grafana.example`;

/** The command `setup`. */
export function setupCommand(terminal: Terminal, onExit: (code: ExitCode) => void): Command {
  return new Command('setup')
    .description('make the database or bucket, its retention, downsampling and the dashboards')
    .option('--retention <time>', 'how long points are kept: 12h, 30d, 8w, forever', retentionArgument)
    .option('--downsample', 'keep values of every 5 minutes for ever')
    .option('--grafana <url>', 'put the dashboards into this Grafana', urlArgument)
    .option('--grafana-token <token>', 'token of a service account that may edit (or GRAFANA_TOKEN)')
    .option('--timeout <seconds>', 'how long each request may take', secondsArgument, DEFAULT_TIMEOUT_SECONDS)
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
    for (const item of due) await applyItem(terminal, item, flags);
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
  const wishes = { retentionSeconds: flags.retention, isDownsampled: flags.downsample === true };
  const items = await planDatabase(terminal, wishes, timeoutMs);
  const { grafana: url } = flags;
  if (url === undefined) return items;
  return [...items, ...(await withDeadline(timeoutMs, signal, (planning) => planGrafana({ url, token }, planning)))];
}

function planDatabase(terminal: Terminal, wishes: DatabaseWishes, timeoutMs: number): Promise<PlanItem[]> {
  const { environment, folder, signal } = terminal;
  const { settings, version } = loadConfiguration({}, { environment, folder });
  if (settings === undefined) {
    throw new CommandError('no InfluxDB is configured: set INFLUX_URL and credentials, as for the service');
  }
  if (settings instanceof Influx1Settings) {
    const admin = asInflux1Administrator(settings, environment);
    return withDeadline(timeoutMs, signal, (planning) => planInflux1(admin, wishes, planning));
  }
  if (version === 3) {
    if (wishes.retentionSeconds === undefined && !wishes.isDownsampled) {
      return Promise.resolve([settled(`database "${settings.bucket}", which InfluxDB 3 makes by the first write`)]);
    }
    throw new CommandError(
      'InfluxDB 3 makes the database by itself; give it a retention with `influxdb3 create database ' +
        '--retention-period`, and downsample with a plugin of its processing engine',
    );
  }
  const admin = asInflux2Administrator(settings, environment);
  return withDeadline(timeoutMs, signal, (planning) => planInflux2(admin, wishes, planning));
}

function asInflux1Administrator(
  { dbName, host, port, ssl, ...own }: Influx1Settings,
  environment: Terminal['environment'],
): Influx1Settings {
  const { INFLUX_ADMIN_USERNAME: username = own.username, INFLUX_ADMIN_PASSWORD: password = own.password } =
    environment;
  return new Influx1Settings({ dbName, host, port, ssl, username, password });
}

function asInflux2Administrator(
  { bucket, host, organization, port, ssl, ...own }: Influx2Settings,
  environment: Terminal['environment'],
): Influx2Settings {
  const token = environment['INFLUX_ADMIN_TOKEN'] ?? own.token;
  return new Influx2Settings({ bucket, host, organization, port, ssl, token });
}

const SIGNS = { make: 'make  ', change: 'change', none: 'is    ' } as const;

function printPlan(terminal: Terminal, items: readonly PlanItem[]): void {
  const colors = colorsOf(terminal);
  const paint = { make: colors.green, change: colors.yellow, none: colors.dim };
  for (const { action, description, caution } of items) {
    printLine(terminal, `${paint[action](SIGNS[action])}  ${printable(description)}`);
    if (caution !== undefined) printLine(terminal, `        ${colors.bold(`! ${printable(caution)}`)}`);
  }
}

function isAgreed(terminal: Terminal): Promise<boolean> {
  if (terminal.input.isTTY !== true) {
    throw new CommandError('nobody can be asked here: look at the plan, and run it again with --yes');
  }
  return askToGoOn(terminal, 'Go on?');
}

async function applyItem(terminal: Terminal, item: PlanItem, flags: SetupFlags): Promise<void> {
  await withDeadline(flags.timeout * 1000, terminal.signal, (signal) => item.apply(signal));
  printLine(terminal, `${colorsOf(terminal).green('done  ')}  ${printable(item.description)}`);
}
