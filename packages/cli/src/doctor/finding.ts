/** How a step went. Only `fail` makes the exit code 1. */
export type StepStatus = 'ok' | 'warn' | 'fail' | 'skip';

/** What a step found. */
export interface Finding {
  readonly status: StepStatus;
  readonly message: string;
  /** What to do; never missing where the step failed. */
  readonly advice?: string | undefined;
}

export type StepName =
  | 'configuration'
  | 'resolve'
  | 'connect'
  | 'protocol'
  | 'authenticate'
  | 'place'
  | 'write'
  | 'read'
  | 'clock'
  | 'spool';

/** What a step is called on the terminal. */
export const STEP_LABELS: Readonly<Record<StepName, string>> = {
  configuration: 'configuration',
  resolve: 'host',
  connect: 'connection',
  protocol: 'HTTP or TLS',
  authenticate: 'credentials',
  place: 'database',
  write: 'write',
  read: 'read back',
  clock: 'clocks',
  spool: 'spool folder',
};

/** A finding with the step that it is of. */
export interface StepResult extends Finding {
  readonly step: StepName;
}

export const ok = (message: string): Finding => ({ status: 'ok', message });
export const warn = (message: string, advice?: string): Finding => ({ status: 'warn', message, advice });
export const fail = (message: string, advice: string): Finding => ({ status: 'fail', message, advice });
export const skip = (message: string): Finding => ({ status: 'skip', message });
