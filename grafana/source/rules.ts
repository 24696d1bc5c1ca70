import { alert } from './alert.ts';
import { inTotal } from './influxql.ts';

const MINUTE = 60;
const BY_SERVICE = ['service'];
const REQUESTS = '"requests"';

/** How many requests of each service there were, of those of a status. */
function requests(condition?: string): string {
  const where = condition === undefined ? [] : [condition];
  return inTotal({ select: 'count("execution_time")', from: REQUESTS, where, by: BY_SERVICE });
}

/** By how much a counter of the series `monitoring` grew, in each process, added up by service. */
function growth(field: string): string {
  const inEach = inTotal({ select: `spread("${field}") AS "growth"`, from: '"monitoring"', by: ['*'] });
  return inTotal({ select: 'sum("growth")', from: `(${inEach})`, by: BY_SERVICE });
}

/**
 * How many points of a series there were in each window, on average of the last two: 0 once a whole window was empty, and
 * only for services that had some in the time range.
 */
function recently(field: string, series: string, window: string): string {
  const select = `moving_average(count("${field}"), 2)`;
  const counted = inTotal({ select, from: `"${series}"`, by: [] });
  return `${counted} GROUP BY time(${window}), "service" fill(0)`;
}

function share(part: string, fromSeconds: number) {
  return {
    PART: { kind: 'query', query: part, fromSeconds },
    ALL: { kind: 'query', query: requests(), fromSeconds },
    PART_SUM: { kind: 'reduce', of: 'PART', by: 'sum' },
    ALL_SUM: { kind: 'reduce', of: 'ALL', by: 'sum' },
    SHARE: { kind: 'math', expression: '($PART_SUM / $ALL_SUM) * ($ALL_SUM >= 20)' },
  } as const;
}

function latest(query: string, fromSeconds: number) {
  return {
    FOUND: { kind: 'query', query, fromSeconds },
    LATEST: { kind: 'reduce', of: 'FOUND', by: 'last' },
  } as const;
}

/** What nobody should learn from the users. Thresholds are a starting point: set them to what your service promises. */
export const RULES: readonly object[] = [
  alert({
    uid: 'influx-monitoring-errors',
    title: 'More than 5 % of requests fail',
    severity: 'critical',
    summary: '{{ $labels.service }}: {{ humanizePercentage $values.SHARE.Value }} of requests failed in 5 minutes',
    description: 'Server errors (5xx) and responses that did not finish (499), with at least 20 requests.',
    dashboardUid: 'influx-monitoring-requests',
    for: '5m',
    withoutData: 'OK',
    steps: share(requests('"status_code" =~ /^(5..|499)$/'), 5 * MINUTE),
    limit: { step: 'SHARE', type: 'gt', value: 0.05 },
  }),
  alert({
    uid: 'influx-monitoring-refused',
    title: 'More than half of requests are refused',
    severity: 'warning',
    summary: '{{ $labels.service }}: {{ humanizePercentage $values.SHARE.Value }} of requests were answered with 4xx',
    description:
      'Status 4xx without 499, over 15 minutes: a changed client, a scanner, or a path that no longer exists.',
    dashboardUid: 'influx-monitoring-requests',
    for: '15m',
    withoutData: 'OK',
    steps: share(requests('"status_code" =~ /^4/ AND "status_code" != \'499\''), 15 * MINUTE),
    limit: { step: 'SHARE', type: 'gt', value: 0.5 },
  }),
  alert({
    uid: 'influx-monitoring-p99',
    title: '1 % of requests take more than a second',
    severity: 'warning',
    summary:
      '{{ $labels.service }} {{ $labels.route }}: 1 % take more than {{ humanizeDuration $values.LATEST.Value }}',
    description: 'By service and route, over 10 minutes.',
    dashboardUid: 'influx-monitoring-requests',
    for: '5m',
    withoutData: 'OK',
    steps: latest(
      inTotal({
        select: 'percentile("execution_time", 99)',
        from: REQUESTS,
        where: ['"status_code" !~ /^101$/'],
        by: ['service', 'route'],
      }),
      10 * MINUTE,
    ),
    limit: { step: 'LATEST', type: 'gt', value: 1 },
  }),
  alert({
    uid: 'influx-monitoring-redis-silence',
    title: 'No Redis message for 10 minutes',
    severity: 'critical',
    summary: '{{ $labels.service }} has received no Redis message for 10 minutes',
    description:
      'For services that received one in the last day. Either nobody publishes, or the subscriptions are gone. Pause it if silence is normal.',
    dashboardUid: 'influx-monitoring-messages',
    for: '5m',
    withoutData: 'OK',
    steps: latest(recently('request_id', 'redis_message', '10m'), 24 * 60 * MINUTE),
    limit: { step: 'LATEST', type: 'lt', value: 0.5 },
  }),
  alert({
    uid: 'influx-monitoring-subscription-errors',
    title: 'Subscriptions fail',
    severity: 'warning',
    summary:
      '{{ $labels.service }}: {{ $values.FAILED.Value }} subscription errors {{ $labels.error_code }} in 5 minutes',
    description: 'Errors of subscribing, listeners, connections and sends.',
    dashboardUid: 'influx-monitoring-messages',
    for: '5m',
    withoutData: 'OK',
    steps: {
      ERRORS: {
        kind: 'query',
        query: inTotal({ select: 'sum("count")', from: '"subscription_error"', by: ['service', 'error_code'] }),
        fromSeconds: 5 * MINUTE,
      },
      FAILED: { kind: 'reduce', of: 'ERRORS', by: 'sum' },
    },
    limit: { step: 'FAILED', type: 'gt', value: 10 },
  }),
  alert({
    uid: 'influx-monitoring-lost',
    title: 'Monitoring points are lost',
    severity: 'critical',
    summary: '{{ $labels.service }}: {{ $values.LOST.Value }} points were dropped or refused in an hour',
    description:
      'Needs the opt-in series monitoring. Counters are cumulative, so a loss during a database outage shows up afterwards; until then, see the live page and the log.',
    dashboardUid: 'influx-monitoring-delivery',
    for: '0s',
    withoutData: 'OK',
    steps: {
      DROPPED: { kind: 'query', query: growth('dropped'), fromSeconds: 60 * MINUTE },
      REFUSED: { kind: 'query', query: growth('dead_lettered'), fromSeconds: 60 * MINUTE },
      DROPPED_SUM: { kind: 'reduce', of: 'DROPPED', by: 'sum' },
      REFUSED_SUM: { kind: 'reduce', of: 'REFUSED', by: 'sum' },
      LOST: { kind: 'math', expression: '$DROPPED_SUM + $REFUSED_SUM' },
    },
    limit: { step: 'LOST', type: 'gt', value: 0 },
  }),
  alert({
    uid: 'influx-monitoring-waiting',
    title: 'Monitoring points wait for more than two minutes',
    severity: 'warning',
    summary: '{{ $labels.service }}: the oldest point has been waiting for {{ humanizeDuration $values.LATEST.Value }}',
    description: 'Needs the opt-in series monitoring. The database is slow, or accepts only some batches.',
    dashboardUid: 'influx-monitoring-delivery',
    for: '2m',
    withoutData: 'OK',
    steps: latest(
      inTotal({ select: 'max("oldest_pending_seconds")', from: '"monitoring"', by: BY_SERVICE }),
      2 * MINUTE,
    ),
    limit: { step: 'LATEST', type: 'gt', value: 120 },
  }),
  alert({
    uid: 'influx-monitoring-overflow',
    title: 'Tag values become "other"',
    severity: 'warning',
    summary: '{{ $labels.service }}: {{ $values.OVERFLOWED.Value }} tag values became "other" in an hour',
    description:
      'Needs the opt-in series monitoring. A tag has more values than its limit: panels and alerts by that tag see less.',
    dashboardUid: 'influx-monitoring-delivery',
    for: '0s',
    withoutData: 'OK',
    steps: {
      GROWTH: { kind: 'query', query: growth('overflowed_tags'), fromSeconds: 60 * MINUTE },
      OVERFLOWED: { kind: 'reduce', of: 'GROWTH', by: 'sum' },
    },
    limit: { step: 'OVERFLOWED', type: 'gt', value: 0 },
  }),
  alert({
    uid: 'influx-monitoring-stopped-reporting',
    title: 'A service stopped reporting',
    severity: 'critical',
    summary: '{{ $labels.service }} has sent no points for 5 minutes',
    description:
      'Needs the opt-in series monitoring. The service is gone, or the database refuses its points: a revoked token, a full disk.',
    dashboardUid: 'influx-monitoring-delivery',
    for: '2m',
    withoutData: 'Alerting',
    steps: latest(recently('recorded', 'monitoring', '5m'), 24 * 60 * MINUTE),
    limit: { step: 'LATEST', type: 'lt', value: 0.5 },
  }),
  alert({
    uid: 'influx-monitoring-event-loop',
    title: 'The event loop is blocked',
    severity: 'warning',
    summary:
      '{{ $labels.service }} on {{ $labels.host }}: the event loop was late by {{ humanizeDuration $values.LATEST.Value }}',
    description: 'Needs the opt-in series process. The 99th percentile of the event loop delay in a period.',
    dashboardUid: 'influx-monitoring-process',
    for: '5m',
    withoutData: 'OK',
    steps: latest(
      inTotal({
        select: 'max("event_loop_delay_p99_seconds")',
        from: '"process"',
        by: ['service', 'host', 'pid'],
      }),
      5 * MINUTE,
    ),
    limit: { step: 'LATEST', type: 'gt', value: 0.1 },
  }),
];
