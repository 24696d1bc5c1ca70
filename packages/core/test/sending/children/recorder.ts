/**
 * A process that records points for a database that is away, and then ends in one of many ways.
 *
 * Its first argument is JSON: `{ folder, end, durability?, signals?, answer? }`.
 */
import { Delivery } from '../../../src/sending/delivery.ts';
import type { DeliveryOptions } from '../../../src/sending/delivery-options.ts';
import type { Outcome } from '../../../src/batch/outcome.ts';
import { lineOf } from '../support/lines-without-tests.ts';

interface Order {
  readonly folder: string;
  readonly end: string;
  readonly answer: 'away' | 'hang' | 'delivered';
  readonly options: DeliveryOptions;
}

// The test wrote it.
const { folder, end, answer, options } = JSON.parse(process.argv[2] ?? '') as Order;

let deliveredCount = 0;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const delivery = new Delivery(
  {
    write: (batch): Promise<Outcome> => {
      if (answer === 'hang') return new Promise(() => undefined);
      if (answer === 'away') return Promise.resolve({ kind: 'retry', reason: 'ECONNREFUSED' });
      deliveredCount += batch.lineCount;
      return Promise.resolve({ kind: 'delivered' });
    },
    close: () => undefined,
  },
  { logger: silent, exitTimeoutMs: 200, ...options, ...(folder !== '' && { spoolFolder: folder }) },
);

process.on('exit', () => {
  process.stdout.write(`delivered ${String(deliveredCount)}\n`);
});

for (let number = 0; number < 100; number += 1) delivery.record(lineOf(number), 'requests');

const ENDS: Readonly<Record<string, () => void>> = {
  natural: () => undefined,
  exit: () => process.exit(3),
  throw: () => {
    setImmediate(() => {
      throw new Error('a bug of the application');
    });
  },
  reject: () => void Promise.reject(new Error('a bug of the application')),
  stop: () => void delivery.stop({ timeoutMs: 100 }),
  /** Stays until a signal ends it. */
  wait: stayAlive,
  /** The application listens itself, and ends by itself. */
  'wait-listening': () => {
    process.once('SIGTERM', () => setTimeout(() => process.exit(7), 20));
    stayAlive();
  },
  /** As the package signal-exit does: it raises the signal again where nobody else listens. */
  'wait-counting': () => {
    const onSignal = (): void => {
      if (process.listenerCount('SIGTERM') > 1) return;
      process.off('SIGTERM', onSignal);
      process.kill(process.pid, 'SIGTERM');
    };
    process.on('SIGTERM', onSignal);
    stayAlive();
  },
};

function stayAlive(): void {
  setInterval(() => undefined, 1000);
  process.stdout.write('ready\n');
}

ENDS[end]?.();
