/** How a step went. Only `fail` makes the exit code 1. */
export type StepStatus = 'ok' | 'warn' | 'fail' | 'skip';

/** What a step found. */
export interface Finding {
  readonly status: StepStatus;
  readonly message: string;
  /** What to do; never missing where the step failed. */
  readonly advice?: string | undefined;
}

/** The steps, as the terminal, `--json` and docs/cli.md call them. */
export type StepName =
  | 'configuration'
  | 'host'
  | 'connection'
  | 'HTTP or TLS'
  | 'credentials'
  | 'database'
  | 'write'
  | 'read back'
  | 'clocks'
  | 'downsampling'
  | 'spool folder';

/** A finding with the step that it is of. */
export interface StepResult extends Finding {
  readonly step: StepName;
}

export const ok = (message: string): Finding => ({ status: 'ok', message });
export const warn = (message: string, advice?: string): Finding => ({ status: 'warn', message, advice });
export const fail = (message: string, advice: string): Finding => ({ status: 'fail', message, advice });
export const skip = (message: string): Finding => ({ status: 'skip', message });
