import { expect } from 'vitest';
import type { Delivery } from '../../../src/sending/delivery.ts';
import type { DeliveryOptions } from '../../../src/sending/delivery-options.ts';
import { lineOf } from './lines-without-tests.ts';
import type { DeliveryEvent } from '../../../src/ledger/delivery-event.ts';
import type { Situation } from '../../../src/ledger/situation.ts';

export { lineOf };

/** The numbers of lines, as `lineOf` wrote them. */
export function numbersOf(lines: Iterable<string>): number[] {
  return Array.from(lines, (line) =>
    Number(BigInt(line.slice(line.lastIndexOf(' ') + 1)) - 1_700_000_000_000_000_000n),
  );
}

/** The whole numbers from the first to before the end. */
export function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_value, index) => start + index);
}

/** Records the lines of some numbers. */
export function recordLines(delivery: Delivery, start: number, end: number, series = 'requests'): void {
  for (const number of range(start, end)) delivery.record(lineOf(number, series), series);
}

/** A situation of which a log has little to say. */
export const NOTHING_WAITS: Situation = {
  bytesPerPoint: undefined,
  maxMemoryBytes: 32 * 1024 ** 2,
  maxSpoolBytes: 0,
  memoryBytes: 0,
  oldestPendingMs: 0,
  pending: 0,
  pointsPerSecond: undefined,
  spoolBytes: 0,
  spooled: 0,
};

/** Given to what tells a log of events. */
export const readSituation = (): Situation => NOTHING_WAITS;

/** A logger that keeps what it is told. */
export class KeptLog {
  readonly lines: string[] = [];

  info(message: string): void {
    this.lines.push(message);
  }

  warn(message: string): void {
    this.lines.push(message);
  }

  error(message: string): void {
    this.lines.push(message);
  }
}

/** Options under which a test hears everything and nothing is printed; nor is there a hook for signals. */
export function quiet(options: DeliveryOptions = {}): DeliveryOptions & { events: DeliveryEvent[]; log: KeptLog } {
  const events: DeliveryEvent[] = [];
  const log = new KeptLog();
  const all = { signals: 'never', logger: log, onEvent: (event: DeliveryEvent) => events.push(event), ...options };
  // Not of the options, so that they can be given on as they are.
  return Object.defineProperties(all, {
    events: { value: events, enumerable: false },
    log: { value: log, enumerable: false },
  }) as ReturnType<typeof quiet>;
}

/** What must hold at any time. */
export function expectBalance(delivery: Delivery): void {
  const stats = delivery.stats();
  expect(stats.delivered + stats.pending + stats.dropped + stats.deadLettered, JSON.stringify(stats)).toBe(
    stats.recorded + stats.adopted,
  );
  expect(stats.drops.reduce((sum, { count }) => sum + count, 0)).toBe(stats.dropped);
}
