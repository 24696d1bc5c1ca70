import { runCommand } from '../../src/command.ts';
import type { ExitCode } from '../../src/exit-codes.ts';
import type { Terminal } from '../../src/terminal.ts';

/** What a run of the command came to. */
export interface CapturedRun {
  readonly exitCode: ExitCode;
  readonly output: string;
  readonly errorOutput: string;
}

/** Where a run is to happen; nothing of this process's environment comes in. */
export interface RunPlace {
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly isTTY?: boolean;
  readonly signal?: AbortSignal;
  /** Told of each piece of output as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** Runs the command in this process and keeps what it prints. */
export async function runCaptured(commandArguments: readonly string[], place: RunPlace): Promise<CapturedRun> {
  const { environment = {}, folder, isTTY = false, signal = new AbortController().signal, onOutput } = place;
  const printed: string[] = [];
  const errors: string[] = [];
  const terminal: Terminal = {
    environment,
    folder,
    signal,
    output: {
      isTTY,
      write: (text) => {
        printed.push(text);
        onOutput?.(text);
      },
    },
    errorOutput: { isTTY, write: (text) => errors.push(text) },
  };
  const exitCode = await runCommand(commandArguments, terminal);
  return { exitCode, output: printed.join(''), errorOutput: errors.join('') };
}
