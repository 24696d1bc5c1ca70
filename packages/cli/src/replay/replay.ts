import type { Influx1Settings, Influx2Settings, Wire } from '@influx-monitoring/core';
import { type ResolvedConfiguration, createWire } from '@influx-monitoring/core/internal';
import { targetOf } from '../database/target.ts';
import { failureCode } from '../database/http.ts';
import type { Terminal } from '../terminal.ts';
import { ReplayCursor } from './cursor.ts';
import type { ReplayFile, ReplayInput } from './inputs.ts';
import { readBatches } from './line-batches.ts';
import type { Progress } from '../progress.ts';
import { sendLines, type SendOptions } from './send.ts';
import type { Tally } from './tally.ts';

/** What a replay works with. */
export interface ReplayPlan {
  readonly inputs: readonly ReplayInput[];
  /** `undefined` to read only. */
  readonly settings: Influx1Settings | Influx2Settings | undefined;
  readonly version: ResolvedConfiguration['version'];
  readonly retryCount: number;
  readonly timeoutMs: number;
}

/**
 * Sends all lines of all inputs, oldest first.
 *
 * @throws CommandError where a file cannot be read or the database does not take anything; AbortError on Ctrl-C
 */
export async function replay(plan: ReplayPlan, tally: Tally, progress: Progress, terminal: Terminal): Promise<void> {
  const { settings, inputs } = plan;
  const wire = settings === undefined ? undefined : createWire(settings);
  const run = new ReplayRun(wire, tally, progress, sendOptionsOf(plan, progress, terminal));
  try {
    for (const input of inputs) {
      const cursor = settings === undefined ? undefined : new ReplayCursor(input.path, targetOf(settings));
      if (cursor?.isResumed === true) progress.say(`goes on where ${cursor.path} says`);
      for (const file of input.files) await run.sendFile(file, cursor);
      run.finish(input, cursor);
    }
  } finally {
    wire?.close();
  }
}

function sendOptionsOf(plan: ReplayPlan, progress: Progress, { signal }: Terminal): SendOptions {
  return {
    retryCount: plan.retryCount,
    timeoutMs: plan.timeoutMs,
    signal,
    onRetry: (reason, delayMs) => {
      progress.say(`${reason}; again in ${(delayMs / 1000).toFixed(1)} s`);
    },
  };
}

class ReplayRun {
  readonly #wire: Wire | undefined;
  readonly #tally: Tally;
  readonly #progress: Progress;
  readonly #options: SendOptions;
  #finishedBytes = 0;
  #isCursorLost = false;

  constructor(wire: Wire | undefined, tally: Tally, progress: Progress, options: SendOptions) {
    this.#wire = wire;
    this.#tally = tally;
    this.#progress = progress;
    this.#options = options;
  }

  async sendFile(file: ReplayFile, cursor: ReplayCursor | undefined): Promise<void> {
    const tally = this.#tally;
    const readBefore = tally.read;
    const batches = readBatches(file, cursor?.linesDone(file) ?? 0, () => {
      this.#progress.say(`${file.path}: some of it is broken, and passed over`);
    });
    for await (const { lines, unsendable, endLine, bytesRead } of batches) {
      this.#options.signal.throwIfAborted();
      tally.read += lines.length;
      for (const [reason, count] of unsendable) {
        tally.read += count;
        tally.refuse(count, reason);
      }
      if (this.#wire !== undefined) await sendLines(this.#wire, lines, tally, this.#options);
      this.#write(cursor, () => cursor?.advance(file, endLine));
      this.#progress.update(this.#finishedBytes + bytesRead, tally.read);
    }
    this.#finishedBytes += file.byteCount;
    this.#progress.say(`${file.path}: ${String(tally.read - readBefore)} lines`);
  }

  /** An input of which all is sent. */
  finish({ files }: ReplayInput, cursor: ReplayCursor | undefined): void {
    this.#write(cursor, () => cursor?.finish(files));
  }

  #write(cursor: ReplayCursor | undefined, write: () => void): void {
    if (this.#isCursorLost) return;
    try {
      write();
    } catch (error) {
      this.#isCursorLost = true;
      const path = cursor?.path ?? '';
      this.#progress.say(`${path} cannot be written (${failureCode(error)}): a next run would begin anew`);
    }
  }
}
