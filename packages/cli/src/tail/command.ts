import { validateHeaderName, validateHeaderValue } from 'node:http';
import { Command, InvalidArgumentError } from 'commander';
import { CommandError } from '../command-error.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { OutputClosedError, printError, type Terminal } from '../terminal.ts';
import { followService, MAX_SERVICE_SINCE_SECONDS } from './follow-service.ts';
import { followSpool } from './follow-spool.ts';
import { pointCount } from './point-count.ts';
import { tagArgument, withSummaries, type TagWish } from './point-filter.ts';
import { PointPrinter } from './point-printer.ts';
import { sinceArgument } from './since-argument.ts';
import { COMMAND } from '../command-name.ts';

interface TailFlags {
  readonly follow: boolean;
  readonly header?: readonly (readonly [name: string, value: string])[];
  readonly json?: true;
  readonly series?: readonly string[];
  readonly since?: number;
  readonly tag?: readonly TagWish[];
}

const EXAMPLES = `
A running service: the address of its monitoringDashboard(). If access is restricted, use --header, or set
INFLUX_MONITORING_AUTHORIZATION, which is sent as the Authorization header and, unlike a command line, is not visible to
other users of this machine. When the service restarts, its points continue from the start of the new process.

A spool folder (or one of its queues, or a .segment): waiting points, oldest first, then new ones. Points delivered within
half a second are not seen. A folder of dead letters: what the database has refused and refuses from now on.

--series and --tag may be repeated: another series or the same key means "or", another key means "and". In the value of a
tag, * matches any text. A series comes with its summaries where the service folds it (--series requests shows
requests_summary, too).

Exit code: 0 with --no-follow or when the reader is gone (| head), 1 after a failure, 2 for a usage error, 130 after
Ctrl-C.

Examples:
  $ ${COMMAND} tail http://127.0.0.1:3000/monitoring
  $ ${COMMAND} tail http://127.0.0.1:3000/monitoring --series requests --tag 'status_code=5*' --since 5m
  $ ${COMMAND} tail http://127.0.0.1:3000/monitoring --json | jq 'select(.fields.execution_time > 0.5)'
  $ ${COMMAND} tail /var/lib/shop/spool --no-follow`;

/** The command `tail`. */
export function tailCommand(terminal: Terminal, onExit: (code: ExitCode) => void): Command {
  return new Command('tail')
    .description('follow the points of a running service or of a spool')
    .argument('<source>', 'the address of monitoringDashboard(), a spool folder, or a folder of dead letters')
    .option('--series <name>', 'only points of this series (repeatable)', collect(seriesArgument))
    .option('--tag <key=value>', 'only points with this tag (repeatable)', collect(tagArgument))
    .option('--since <time>', 'start this long ago: 30s, 5m, 2h; a service keeps 15 minutes', sinceArgument)
    .option('--no-follow', 'end with the last existing point')
    .option('--json', 'print one line of JSON per point')
    .option('--header <line>', 'a header for the service, "Name: value" (repeatable)', collect(headerArgument))
    .addHelpText('after', EXAMPLES)
    .action(async (source: string, flags: TailFlags) => {
      onExit(await runTail(terminal, source, flags));
    });
}

function collect<Value>(parse: (text: string) => Value): (text: string, previous?: readonly Value[]) => Value[] {
  return (text, previous = []) => [...previous, parse(text)];
}

function seriesArgument(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Expected the name of a series.');
}

function headerArgument(text: string): readonly [string, string] {
  const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/s.exec(text) ?? [];
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return [name, value];
  } catch {
    throw new InvalidArgumentError('Expected "Name: value".');
  }
}

async function runTail(terminal: Terminal, source: string, flags: TailFlags): Promise<ExitCode> {
  const { signal } = terminal;
  const url = readAddress(source);
  const isService = url !== undefined;
  // A service tells by itself what is old; its clock is not this one's.
  const from = flags.since === undefined || isService ? -Infinity : Date.now() / 1000 - flags.since;
  const wish = { series: withSummaries(flags.series ?? []), tags: flags.tag ?? [], from };
  const printer = new PointPrinter(terminal, wish, flags.json === true);
  try {
    if (isService) await tailService(terminal, url, flags, printer);
    else await followSpool(source, flags.follow, printer, signal);
    return EXIT_CODES.done;
  } catch (error) {
    if (!signal.aborted) throw error;
    if (signal.reason instanceof OutputClosedError) return EXIT_CODES.done;
    printError(terminal, `interrupted; ${pointCount(printer.shownCount)} shown`);
    return EXIT_CODES.interrupted;
  }
}

/** @returns `undefined` where it is none, and so a path */
function readAddress(source: string): URL | undefined {
  if (!/^https?:\/\//i.test(source)) return undefined;
  if (!URL.canParse(source)) throw new CommandError(`${source} is no address`);
  const url = new URL(source);
  // What the page keeps of its view in its address says nothing here.
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function tailService(terminal: Terminal, url: URL, flags: TailFlags, printer: PointPrinter): Promise<void> {
  const { follow, header = [], series = [], since } = flags;
  if (since !== undefined && since > MAX_SERVICE_SINCE_SECONDS) {
    throw new CommandError('a service keeps the points of 15 minutes in memory: ask for less, or ask the database');
  }
  const { INFLUX_MONITORING_AUTHORIZATION: authorization } = terminal.environment;
  const fromEnvironment = authorization === undefined ? {} : { Authorization: authorization };
  const headers = { ...fromEnvironment, ...Object.fromEntries(header) };
  return followService(
    { url, headers, series: withSummaries(series) },
    { isFollowing: follow, sinceSeconds: since },
    printer,
    terminal.signal,
  );
}
