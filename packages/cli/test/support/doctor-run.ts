import type { StepName, StepResult } from '../../src/doctor/finding.ts';
import { runCaptured, type CapturedRun, type RunPlace } from './captured-terminal.ts';

/** What `doctor --json` printed, read back. */
export interface DoctorReport extends CapturedRun {
  readonly ok: boolean;
  readonly configuration: readonly { readonly name: string; readonly value: unknown; readonly source: string }[];
  readonly steps: readonly StepResult[];
  /** `ok`, `warn`, `fail`, `skip` by step. */
  readonly statuses: Readonly<Partial<Record<StepName, string>>>;
  /** The steps that failed, as one text. */
  readonly failures: string;
}

/** Reads the line that `doctor --json` prints. */
export function readReport(run: CapturedRun): DoctorReport {
  // The format of `doctor --json`, which these tests are about.
  const report = JSON.parse(run.output) as Pick<DoctorReport, 'ok' | 'configuration' | 'steps'>;
  const failed = report.steps.filter(({ status }) => status === 'fail');
  return {
    ...run,
    ...report,
    statuses: Object.fromEntries(report.steps.map(({ step, status }) => [step, status])),
    failures: failed.map(({ step, message, advice = '' }) => `${step}: ${message} → ${advice}`).join('\n'),
  };
}

/** Runs `doctor --json`. */
export async function runDoctor(commandArguments: readonly string[], place: RunPlace): Promise<DoctorReport> {
  return readReport(await runCaptured(['doctor', '--json', ...commandArguments], place));
}
