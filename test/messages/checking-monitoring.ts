import {
  ErrorPoint,
  LunaRequestInfluxMonitoring,
  WSRequestPoint,
  type BaseMonitoringPoint,
} from '@influx-monitoring/core';

/** What was recorded of the sends. */
export interface SendTally {
  /** Points of sends that went out. */
  sent: number;
  /** Points of sends that failed. */
  failed: number;
  /** Points whose request id is not that of the payload, as `payload recorded as id`; the first few. */
  readonly wrong: string[];
  wrongCount: number;
}

const MAX_SHOWN = 10;

/**
 * A monitoring that looks at each point of a send as it is recorded: the tests put the id of the payload into its account,
 * and the context of the message gives its request id.
 */
export class CheckingMonitoring extends LunaRequestInfluxMonitoring {
  readonly tally: SendTally = { sent: 0, failed: 0, wrong: [], wrongCount: 0 };

  override addPoints(points: Iterable<BaseMonitoringPoint>): void {
    for (const point of points) {
      if (point instanceof ErrorPoint) this.tally.failed += 1;
      if (point instanceof WSRequestPoint) this.#check(point);
    }
    super.addPoints(points);
  }

  #check({ accountId, requestId }: WSRequestPoint): void {
    this.tally.sent += 1;
    if (accountId === requestId) return;
    this.tally.wrongCount += 1;
    if (this.tally.wrong.length < MAX_SHOWN) this.tally.wrong.push(`${accountId} recorded as ${requestId}`);
  }
}
