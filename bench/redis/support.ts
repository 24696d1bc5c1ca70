import { BaseLunaMonitoring, type MonitoringStats } from '@influx-monitoring/core';

/** A monitoring that keeps nothing: what is left is the cost of the instrumentation itself. */
export class NoMonitoring extends BaseLunaMonitoring {
  readonly service = 'bench';
  readonly isEnabled = true;

  override addPoints(): void {
    // Nothing is kept.
  }

  override flush(): Promise<void> {
    return Promise.resolve();
  }

  override stop(): never {
    throw new Error('not used');
  }

  override stats(): MonitoringStats {
    throw new Error('not used');
  }
}

const REST = {
  account_id: '8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a',
  event: { type: 'face', similarity: 0.98765, tags: ['a', 'b'], text: 'x'.repeat(100) },
};
const ID = { request_id: '1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a' };

/** Payloads of about 300 characters: the id in front, at the end, and nowhere. */
export const PAYLOADS = {
  first: JSON.stringify({ ...ID, ...REST }),
  last: JSON.stringify({ ...REST, ...ID }),
  none: JSON.stringify({ ...REST, more: ID.request_id }),
};
