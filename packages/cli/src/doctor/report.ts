import { printable, printableJson } from '../printable.ts';
import { colorsOf, printLine, type Terminal } from '../terminal.ts';
import type { ConfiguredValue } from './configured.ts';
import type { DoctorObserver } from './doctor.ts';
import type { StepResult, StepStatus } from './finding.ts';

const LABEL_WIDTH = 13;
const STATUS_WIDTH = 4;

/** Prints each step as it ends. */
export function createTextReport(terminal: Terminal): DoctorObserver {
  const colors = colorsOf(terminal);
  const paint: Readonly<Record<StepStatus, (text: string) => string>> = {
    ok: colors.green,
    warn: colors.yellow,
    fail: colors.red,
    skip: colors.dim,
  };
  return {
    onConfiguration: (values) => {
      for (const line of tableOf(values)) printLine(terminal, line);
      printLine(terminal, '');
    },
    onStep: ({ step, status, message, advice }) => {
      const label = step.padEnd(LABEL_WIDTH);
      printLine(terminal, `${paint[status](status.padEnd(STATUS_WIDTH))}  ${label}  ${printable(message)}`);
      const indent = ' '.repeat(STATUS_WIDTH + LABEL_WIDTH + 4);
      if (advice !== undefined) printLine(terminal, `${indent}${colors.bold('→')} ${printable(advice)}`);
    },
  };
}

function tableOf(values: readonly ConfiguredValue[]): string[] {
  const cells = values.map(({ name, value, source }) => [name, printable(String(value)), printable(source)] as const);
  const nameWidth = Math.max(...cells.map(([name]) => name.length));
  const valueWidth = Math.max(...cells.map(([, value]) => value.length));
  return cells.map(([name, value, source]) => `${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${source}`);
}

/** The last line of the text: what all steps come to. */
export function printSummary(terminal: Terminal, results: readonly StepResult[]): void {
  const colors = colorsOf(terminal);
  const failedCount = results.filter(({ status }) => status === 'fail').length;
  const warningCount = results.filter(({ status }) => status === 'warn').length;
  const warnings = warningCount === 0 ? '' : `, ${String(warningCount)} to look at`;
  printLine(terminal, '');
  if (failedCount > 0) printLine(terminal, colors.red(`${String(failedCount)} failed${warnings}`));
  else printLine(terminal, colors.green(`all is well${warnings}`));
  const first = results.find(({ status }) => status === 'fail') ?? results.find(({ status }) => status === 'warn');
  if (first !== undefined) printLine(terminal, printable(conclusionOf(first)));
}

/** The cause and the step to take, in one sentence: what comes after the first trouble is mostly its consequence. */
function conclusionOf({ step, message, advice }: StepResult): string {
  const cause = `${step}: ${message}`;
  return advice === undefined ? `${cause}.` : `${cause}, so ${advice.charAt(0).toLowerCase()}${advice.slice(1)}`;
}

/** All of it as one line of JSON. */
export function printJson(
  terminal: Terminal,
  report: {
    readonly isInterrupted: boolean;
    readonly configuration: readonly ConfiguredValue[];
    readonly steps: readonly StepResult[];
  },
): void {
  const isOk = !report.isInterrupted && report.steps.every(({ status }) => status !== 'fail');
  printLine(terminal, printableJson({ ok: isOk, configuration: report.configuration, steps: report.steps }));
}
