import { setTimeout as wait } from 'node:timers/promises';
import type { Outcome, Wire } from '@influx-monitoring/core';
import { batchOfText, RetryPolicy } from '@influx-monitoring/core/internal';
import { CommandError } from '../command-error.ts';
import { withDeadline } from '../deadline.ts';
import { failureReason } from '../database/http.ts';
import type { Tally } from './tally.ts';
import { COMMAND } from '../command-name.ts';

/** How lines are sent. */
export interface SendOptions {
  /** How often a batch is tried again that fails for a reason which time may heal. */
  readonly retryCount: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Told before each wait. */
  readonly onRetry: (reason: string, delayMs: number) => void;
}

/** One process at a time replays: there is no crowd to be spread. */
const noJitter = (): number => 1;

/** What delivery waits in a service, but for the first wait: someone looks on. */
const DELAYS = { minRetryDelayMs: 250, maxRetryDelayMs: 30_000, operatorRetryDelayMs: 0 } as const;

/**
 * Sends lines until each is stored or refused.
 *
 * @throws CommandError where the database does not take anything; what was sent before is counted
 */
export async function sendLines(
  wire: Wire,
  lines: readonly string[],
  tally: Tally,
  options: SendOptions,
): Promise<void> {
  if (lines.length === 0) return;
  const outcome = await settle(wire, lines, options);
  switch (outcome.kind) {
    case 'delivered':
      tally.store(lines);
      return;
    case 'refused': {
      const refused = (outcome.refusedLines ?? []).filter(({ index }) => lines[index] !== undefined);
      const reasons = new Map(refused.map(({ index, reason }) => [index, reason]));
      if (reasons.size === 0) break;
      for (const reason of reasons.values()) tally.refuse(1, reason);
      const others = lines.filter((_line, index) => !reasons.has(index));
      await sendLines(wire, others, tally, options);
      return;
    }
    case 'split':
  }
  await sendHalves(wire, lines, outcome.reason, tally, options);
}

/** One of the lines is to blame, or there are too many: a single line that fails is refused. */
async function sendHalves(
  wire: Wire,
  lines: readonly string[],
  reason: string,
  tally: Tally,
  options: SendOptions,
): Promise<void> {
  if (lines.length === 1) {
    tally.refuse(1, reason);
    return;
  }
  const middle = Math.ceil(lines.length / 2);
  await sendLines(wire, lines.slice(0, middle), tally, options);
  await sendLines(wire, lines.slice(middle), tally, options);
}

type Answer = Exclude<Outcome, { kind: 'retry' }>;

async function settle(wire: Wire, lines: readonly string[], options: SendOptions): Promise<Answer> {
  const { onRetry, retryCount, signal } = options;
  const policy = new RetryPolicy(DELAYS, noJitter);
  for (let attempt = 0; ; attempt += 1) {
    const outcome = await attemptOnce(wire, lines, options);
    if (outcome.kind !== 'retry') return outcome;
    signal.throwIfAborted();
    if (outcome.needsOperator === true) {
      throw new CommandError(`the database does not take it: ${outcome.reason}; \`${COMMAND} doctor\` says why`);
    }
    if (attempt >= retryCount) {
      throw new CommandError(`the database is not there, after ${String(attempt + 1)} attempts: ${outcome.reason}`);
    }
    const delayMs = policy.fail(outcome);
    onRetry(outcome.reason, delayMs);
    await wait(delayMs, undefined, { signal });
  }
}

async function attemptOnce(wire: Wire, lines: readonly string[], options: SendOptions): Promise<Outcome> {
  const batch = batchOfText(lines.join('\n'));
  try {
    return await withDeadline(options.timeoutMs, options.signal, (signal) => wire.write(batch, signal));
  } catch (error) {
    options.signal.throwIfAborted();
    return { kind: 'retry', reason: failureReason(error) };
  }
}
