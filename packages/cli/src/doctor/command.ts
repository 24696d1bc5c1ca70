import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { Command } from 'commander';
import { CommandError } from '../command-error.ts';
import { failureCode } from '../database/http.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { secondsArgument } from '../seconds-argument.ts';
import { printError, type Terminal } from '../terminal.ts';
import type { ConfiguredValue } from './configured.ts';
import { examine, type DoctorObserver } from './doctor.ts';
import type { StepResult } from './finding.ts';
import { createTextReport, printJson, printSummary } from './report.ts';
import { COMMAND } from '../command-name.ts';

interface DoctorFlags {
  readonly envFile?: string;
  readonly json?: true;
  readonly spool?: string;
  readonly timeout: number;
  readonly write: boolean;
}

const DEFAULT_TIMEOUT_SECONDS = 10;

const EXAMPLES = `
Reads the configuration as the service does, from the environment and the configuration file in this folder. Options in
the service's code (createMonitoring({ … })) are invisible to it: set them in the environment, and the spool with --spool.

Writes one point of the series influx_monitoring_doctor, unless --no-write is given. Exit code: 0 if nothing failed, 1 if
something did, 2 for a usage error, 130 after Ctrl-C.

Examples:
  $ ${COMMAND} doctor
  $ INFLUX_URL=https://influx.example:8086 ${COMMAND} doctor --spool /var/lib/shop/spool
  $ ${COMMAND} doctor --env-file .env
  $ ${COMMAND} doctor --json --no-write | jq '.steps[] | select(.status == "fail")'`;

/** The command `doctor`. */
export function doctorCommand(terminal: Terminal, onExit: (code: ExitCode) => void): Command {
  return new Command('doctor')
    .description('check the configuration, the database, the clocks and the spool folder')
    .option('--env-file <path>', 'also read variables from this file, as the service would')
    .option('--json', 'print one line of JSON')
    .option('--no-write', 'do not write a point')
    .option('--spool <folder>', 'check this spool folder (delivery.spoolFolder of the service)')
    .option('--timeout <seconds>', 'time limit of each step', secondsArgument, DEFAULT_TIMEOUT_SECONDS)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: DoctorFlags) => {
      onExit(await runDoctor(terminal, flags));
    });
}

/** What stands in the environment itself is the stronger one, as with `node --env-file`. */
function withEnvFile(terminal: Terminal, path: string | undefined): Terminal {
  if (path === undefined) return terminal;
  let text: string;
  try {
    text = readFileSync(resolve(terminal.folder, path), 'utf8');
  } catch (error) {
    throw new CommandError(`${path} cannot be read (${failureCode(error)})`);
  }
  return { ...terminal, environment: { ...parseEnv(text), ...terminal.environment } };
}

async function runDoctor(terminal: Terminal, flags: DoctorFlags): Promise<ExitCode> {
  const isJson = flags.json === true;
  let configuration: readonly ConfiguredValue[] = [];
  const steps: StepResult[] = [];
  const keep: DoctorObserver = {
    onConfiguration: (values) => {
      configuration = values;
    },
    onStep: (result) => steps.push(result),
  };
  const options = { isWriting: flags.write, spoolFolder: flags.spool, timeoutMs: flags.timeout * 1000 };
  const results = await examine(
    withEnvFile(terminal, flags.envFile),
    options,
    isJson ? keep : createTextReport(terminal),
  );
  const isInterrupted = terminal.signal.aborted;
  if (isJson) printJson(terminal, { isInterrupted, configuration, steps });
  else if (!isInterrupted) printSummary(terminal, results);
  if (isInterrupted) {
    printError(terminal, 'interrupted');
    return EXIT_CODES.interrupted;
  }
  return results.some(({ status }) => status === 'fail') ? EXIT_CODES.failed : EXIT_CODES.done;
}
