import { MonitoringError } from '@influx-monitoring/core';
import { loadConfiguration, type ResolvedConfiguration, findDoubtfulVariables } from '@influx-monitoring/core/internal';
import { compareClocks } from './clock-step.ts';
import { configuredValues, type ConfiguredValue } from './configured.ts';
import { DatabaseContext, type DoctorOptions } from './context.ts';
import { Access, questionFailure, readCanary, writeCanary } from './database-steps.ts';
import { compareWindows } from './downsampling-step.ts';
import { fail, ok, skip, warn, type Finding, type StepName, type StepResult } from './finding.ts';
import { connectToPort, greet, resolveHost } from './network-steps.ts';
import { checkSpool } from './spool-step.ts';
import type { Terminal } from '../terminal.ts';

/** What doctor tells as it goes. */
export interface DoctorObserver {
  onConfiguration(values: readonly ConfiguredValue[]): void;
  onStep(result: StepResult): void;
}

interface DatabaseStep {
  readonly step: StepName;
  /** Steps without which this one says nothing. */
  readonly needs: readonly StepName[];
  readonly run: (context: DatabaseContext) => Promise<Finding> | Finding;
}

function databaseSteps(): DatabaseStep[] {
  const access = new Access();
  return [
    { step: 'host', needs: [], run: resolveHost },
    { step: 'connection', needs: ['host'], run: connectToPort },
    { step: 'HTTP or TLS', needs: ['connection'], run: greet },
    { step: 'credentials', needs: ['HTTP or TLS'], run: (context) => access.authenticate(context) },
    { step: 'database', needs: ['credentials'], run: (context) => access.findPlace(context) },
    { step: 'write', needs: ['database'], run: writeCanary },
    { step: 'read back', needs: ['write'], run: readCanary },
    { step: 'downsampling', needs: ['database'], run: (context) => compareWindows(context) },
    {
      step: 'clocks',
      needs: ['HTTP or TLS'],
      run: ({ greeting }) => (greeting === undefined ? skip('no answer') : compareClocks(greeting)),
    },
  ];
}

/** Goes through all steps. It ends early, with what it has, when the terminal's signal is aborted. */
export async function examine(
  terminal: Terminal,
  options: DoctorOptions,
  observer: DoctorObserver,
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  const note = (step: StepName, finding: Finding): void => {
    const result = { step, ...finding };
    results.push(result);
    observer.onStep(result);
  };
  const configuration = readConfiguration(terminal);
  if ('finding' in configuration) note('configuration', configuration.finding);
  else {
    observer.onConfiguration(configuredValues(configuration.resolved));
    note('configuration', withDoubts(configurationFinding(configuration.resolved), terminal));
    const { settings } = configuration.resolved;
    if (settings !== undefined) {
      const context = new DatabaseContext(configuration.resolved, settings, options, terminal.signal);
      await examineDatabase(context, results, note, terminal.signal);
    }
  }
  const configured = 'finding' in configuration ? undefined : configuration.resolved.delivery.spoolFolder;
  if (!terminal.signal.aborted) note('spool folder', await checkSpool(options.spoolFolder ?? configured));
  return results;
}

async function examineDatabase(
  context: DatabaseContext,
  results: readonly StepResult[],
  note: (step: StepName, finding: Finding) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const databaseStep of databaseSteps()) {
    const finding = await findingOf(databaseStep, context, results);
    if (signal.aborted) return;
    note(databaseStep.step, finding);
  }
}

async function findingOf(
  { needs, run }: DatabaseStep,
  context: DatabaseContext,
  results: readonly StepResult[],
): Promise<Finding> {
  const missing = results.find((result) => needs.includes(result.step) && isNoBase(result));
  if (missing !== undefined) return skip(`not done, since "${missing.step}" was not`);
  try {
    return await run(context);
  } catch (error) {
    return questionFailure(context, error);
  }
}

function isNoBase({ status }: StepResult): boolean {
  return status === 'fail' || status === 'skip';
}

function readConfiguration({
  environment,
  folder,
}: Terminal): { resolved: ResolvedConfiguration } | { finding: Finding } {
  try {
    return { resolved: loadConfiguration({}, { environment, folder }) };
  } catch (error) {
    if (!(error instanceof MonitoringError)) throw error;
    const advice = `The service would not start with it (${error.code}): docs/errors.md says what to do.`;
    return { finding: fail(error.message, advice) };
  }
}

/** Variables with which somebody meant a setting are told with the configuration, which does not have them. */
function withDoubts(finding: Finding, { environment }: Terminal): Finding {
  const doubts = findDoubtfulVariables(environment);
  if (doubts.length === 0) return finding;
  const message = [finding.message, ...doubts.map(({ warning }) => warning)].join('; ');
  const advice = [finding.advice, 'Rename or remove the variables that are ignored.'].filter(Boolean).join(' ');
  return warn(message, advice);
}

function configurationFinding({ enabled, settings, sources }: ResolvedConfiguration): Finding {
  if (!enabled) {
    return warn('monitoring is switched off', `Nothing is recorded (${sources.get('enabled') ?? 'default'}).`);
  }
  if (settings === undefined) {
    return ok(
      'no InfluxDB is configured: points stay in the memory of the service (the embedded store); ' +
        'set INFLUX_URL and credentials to send them',
    );
  }
  return ok(`points go to ${settings.url}`);
}
