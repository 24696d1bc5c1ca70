import { PassThrough, Writable, type Readable } from 'node:stream';
import { runCommand } from '../../src/command.ts';
import type { ExitCode } from '../../src/exit-codes.ts';

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
  /** What a person types; nobody is there by default. */
  readonly input?: Readable & { readonly isTTY?: boolean };
  /** Nothing that is printed is taken before this. */
  readonly isReadOn?: Promise<void>;
  /** Told of each piece of output as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** Runs the command in this process and keeps what it prints. */
export async function runCaptured(commandArguments: readonly string[], place: RunPlace): Promise<CapturedRun> {
  const { environment = {}, folder, isTTY = false, signal = new AbortController().signal, onOutput } = place;
  const output = new CapturedOutput(isTTY, onOutput, place.isReadOn);
  const errorOutput = new CapturedOutput(isTTY, onOutput);
  const exitCode = await runCommand(commandArguments, {
    input: place.input ?? new PassThrough(),
    environment,
    folder,
    signal,
    output,
    errorOutput,
  });
  return { exitCode, output: output.text, errorOutput: errorOutput.text };
}

class CapturedOutput extends Writable {
  readonly isTTY: boolean;
  readonly columns = 120;
  text = '';
  readonly #onOutput: RunPlace['onOutput'];
  readonly #isReadOn: Promise<void> | undefined;

  constructor(isTTY: boolean, onOutput: RunPlace['onOutput'], isReadOn?: Promise<void>) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
    this.#onOutput = onOutput;
    this.#isReadOn = isReadOn;
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.text += chunk.toString();
    this.#onOutput?.(chunk.toString());
    if (this.#isReadOn === undefined) callback();
    else void this.#isReadOn.then(callback);
  }
}
