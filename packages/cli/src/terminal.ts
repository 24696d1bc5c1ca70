import type { Readable, Writable } from 'node:stream';
import picocolors from 'picocolors';

/** Where a command prints to; `isTTY` is true where a person reads it. */
export type TerminalOutput = Writable & { readonly isTTY?: boolean | undefined };

/** Everything of a process that a command uses; tests give their own. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a configuration file is looked for. */
  readonly folder: string;
  /** Answers of a person. */
  readonly input: Readable & { readonly isTTY?: boolean | undefined };
  /** Results. */
  readonly output: TerminalOutput;
  /** Errors, and progress. */
  readonly errorOutput: TerminalOutput;
  /** Aborted by Ctrl-C, and where nobody reads the output any more. */
  readonly signal: AbortSignal;
}

/** Who read the output has left, as `head` does: the reason of the signal then. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
}

/** The names of the colours, as functions from text to text. */
export type Colors = ReturnType<typeof picocolors.createColors>;

/** Colours for a person's terminal; none where `NO_COLOR` is set, into a file, or on a terminal without them. */
export function colorsOf({ environment, output }: Terminal): Colors {
  const { FORCE_COLOR: forced = '', NO_COLOR: refused = '', TERM: kind } = environment;
  const isWanted = forced !== '' && forced !== '0' ? true : output.isTTY === true && kind !== 'dumb';
  return picocolors.createColors(isWanted && refused === '');
}

/** Prints a line of a result. */
export function printLine({ output }: Terminal, line: string): void {
  output.write(`${line}\n`);
}

/** Prints a line that is no result. */
export function printError({ errorOutput }: Terminal, line: string): void {
  errorOutput.write(`${line}\n`);
}
