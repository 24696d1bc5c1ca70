import { fluxText } from '../database/influx2-place.ts';

/** A check of InfluxDB 2.x, which is a script of Flux that InfluxDB runs by itself. */
export interface AlertCheck {
  /** What it is called in InfluxDB. */
  readonly name: string;
  /** What it means. */
  readonly description: string;
  readonly flux: string;
}

interface Watch {
  readonly title: string;
  readonly description: string;
  readonly level: 'crit' | 'warn';
  /** Tables of a row each, with `_time` and `_measurement`, for `monitor.check`. */
  readonly data: (source: string) => readonly string[];
  /** When it is said, of a row `r`. */
  readonly predicate: string;
  /** The message: text of Flux, with expressions of a row `r`. */
  readonly message: string;
}

/** The tag of each status, by which the rule of notification knows those of a bucket. */
export const STATUS_TAG = 'influx_monitoring';

const EVERY = '1m';

/**
 * What is watched, as a number in a column of its own: InfluxDB stores the columns of all statuses as fields of one series,
 * so that a `_value` which is an integer here and a text there is refused.
 */
const WATCHED = [
  '  |> map(fn: (r) => ({r with _time: now(), watched: float(v: r._value)}))',
  '  |> drop(columns: ["_value"])',
];

/** Series that ended, with the time of the last point alone. */
const deadman = (columns: readonly string[]): readonly string[] => [
  `  |> keep(columns: [${columns.map(fluxText).join(', ')}, "_time"])`,
  `  |> group(columns: [${columns.map(fluxText).join(', ')}])`,
  '  |> monitor.deadman(t: experimental.subDuration(from: now(), d: 10m))',
];

/** What the rules of Grafana watch, and services that have stopped to report. */
const WATCHES: readonly Watch[] = [
  {
    title: 'more than 5 % of the requests fail',
    description:
      'Share of requests with a status of 500 and more or 499, in 5 minutes, by service, where there were 20 requests.',
    level: 'crit',
    data: (source) => shareOf(source, '5m', 'r.status_code =~ /^(5|499$)/'),
    predicate: 'r.all >= 20.0 and r.share > 0.05',
    message: '${r.service}: ${string(v: r.share * 100.0)} % of the requests failed in 5 minutes',
  },
  {
    title: 'more than half of the requests are refused',
    description: 'Share of requests with a status of 4xx but 499, in 15 minutes, where there were 20 requests.',
    level: 'warn',
    data: (source) => shareOf(source, '15m', 'r.status_code =~ /^4/ and r.status_code != "499"'),
    predicate: 'r.all >= 20.0 and r.share > 0.5',
    message: '${r.service}: ${string(v: r.share * 100.0)} % of the requests were answered with 4xx in 15 minutes',
  },
  {
    title: '1 % of the requests take more than a second',
    description: 'The 99th percentile of execution_time in 5 minutes, by service and route.',
    level: 'warn',
    data: (source) => [
      ...pointsOf(source, 'requests', 'execution_time', '5m'),
      '  |> group(columns: ["_measurement", "service", "route"])',
      '  |> quantile(q: 0.99, method: "estimate_tdigest")',
      ...WATCHED,
    ],
    predicate: 'r.watched > 1.0',
    message: '${r.service} ${r.route}: 1 % take more than ${string(v: r.watched)} s',
  },
  {
    title: 'no message of Redis in 10 minutes',
    description: 'Services that received messages of Redis within the last day, and none in 10 minutes.',
    level: 'crit',
    data: (source) => [
      ...pointsOf(source, 'redis_message', 'request_id', '1d'),
      '  |> last()',
      ...deadman(['_measurement', 'service']),
    ],
    predicate: 'r.dead',
    message: '${r.service}: no message of Redis in 10 minutes',
  },
  {
    title: 'subscriptions fail',
    description: 'More than 10 errors of subscriptions in 5 minutes, by service and error code.',
    level: 'warn',
    data: (source) => [
      ...pointsOf(source, 'subscription_error', 'count', '5m'),
      '  |> group(columns: ["_measurement", "service", "error_code"])',
      '  |> sum()',
      ...WATCHED,
    ],
    predicate: 'r.watched > 10.0',
    message: '${r.service}: ${string(v: r.watched)} errors ${r.error_code} of subscriptions in 5 minutes',
  },
  {
    title: 'points of monitoring are lost',
    description: 'Points dropped or refused in 10 minutes, by service. Needs the opt-in series monitoring.',
    level: 'crit',
    data: (source) => growthOf(source, '10m', ['dropped', 'dead_lettered']),
    predicate: 'r.watched > 0.0',
    message: '${r.service}: ${string(v: r.watched)} points were dropped or refused in 10 minutes',
  },
  {
    title: 'points of monitoring wait for more than two minutes',
    description: 'Age of the oldest point that waits, by service. Needs the opt-in series monitoring.',
    level: 'warn',
    data: (source) => [
      ...pointsOf(source, 'monitoring', 'oldest_pending_seconds', '2m'),
      '  |> group(columns: ["_measurement", "service"])',
      '  |> max()',
      ...WATCHED,
    ],
    predicate: 'r.watched > 120.0',
    message: '${r.service}: the oldest point has waited for ${string(v: r.watched)} s',
  },
  {
    title: 'tag values become "other"',
    description: 'Values beyond the limit of their tag in an hour, by service. Needs the opt-in series monitoring.',
    level: 'warn',
    data: (source) => growthOf(source, '1h', ['overflowed_tags']),
    predicate: 'r.watched > 0.0',
    message: '${r.service}: ${string(v: r.watched)} tag values became other in an hour',
  },
  {
    title: 'the event loop is blocked',
    description: 'The 99th percentile of the delay in 5 minutes, by process. Needs the opt-in series process.',
    level: 'warn',
    data: (source) => [
      ...pointsOf(source, 'process', 'event_loop_delay_p99_seconds', '5m'),
      '  |> group(columns: ["_measurement", "service", "host"])',
      '  |> max()',
      ...WATCHED,
    ],
    predicate: 'r.watched > 0.1',
    message: '${r.service} on ${r.host}: the loop was late by ${string(v: r.watched)} s',
  },
  {
    title: 'a service has stopped to report',
    description:
      'Services that wrote points within the last day, and none in 10 minutes: they are away, or may not write. A ' +
      'service without traffic needs MONITORING_PROCESS_PERIOD_SECONDS to be told from one that is gone.',
    level: 'crit',
    data: (source) => [
      `from(${source})`,
      '  |> range(start: -1d)',
      '  |> filter(fn: (r) => r._measurement != "influx_monitoring_doctor" and exists r.service)',
      '  |> last()',
      // One table for all series of a service; monitor.check wants its measurement among the columns of the group.
      '  |> drop(columns: ["_measurement"])',
      '  |> set(key: "_measurement", value: "influx_monitoring")',
      ...deadman(['_measurement', 'service']),
    ],
    predicate: 'r.dead',
    message: '${r.service} has written no point for 10 minutes',
  },
];

/** The checks of a bucket. */
export function checksOf(bucket: string): AlertCheck[] {
  return WATCHES.map((watch) => {
    const name = `influx-monitoring: ${bucket}: ${watch.title}`;
    return { name, description: watch.description, flux: scriptOf(name, bucket, watch) };
  });
}

/** InfluxDB itself looks for the names `task` and `check`, and puts the id into the latter. */
function scriptOf(name: string, bucket: string, { data, level, message, predicate }: Watch): string {
  return [
    'import "experimental"',
    'import "influxdata/influxdb/monitor"',
    '',
    `option task = {name: ${fluxText(name)}, every: ${EVERY}, offset: 10s}`,
    '',
    `check = {_check_id: "", _check_name: ${fluxText(name)}, _type: "custom", tags: {${STATUS_TAG}: ${fluxText(bucket)}}}`,
    `${level} = (r) => ${predicate}`,
    `messageFn = (r) => "${message}"`,
    '',
    ...data(`bucket: ${fluxText(bucket)}`),
    `  |> monitor.check(data: check, messageFn: messageFn, ${level}: ${level})`,
  ].join('\n');
}

function pointsOf(source: string, series: string, field: string, since: string): string[] {
  return [
    `from(${source})`,
    `  |> range(start: -${since})`,
    `  |> filter(fn: (r) => r._measurement == ${fluxText(series)} and r._field == ${fluxText(field)})`,
  ];
}

/** Which share of the requests have a status for which a condition of Flux holds. */
function shareOf(source: string, since: string, condition: string): string[] {
  return [
    ...pointsOf(source, 'requests', 'execution_time', since),
    '  |> group(columns: ["_measurement", "service", "status_code"])',
    '  |> count()',
    `  |> map(fn: (r) => ({r with part: if ${condition} then r._value else 0}))`,
    '  |> group(columns: ["_measurement", "service"])',
    '  |> reduce(',
    '    identity: {all: 0.0, counted: 0.0},',
    '    fn: (r, accumulator) => ({',
    '      all: accumulator.all + float(v: r._value),',
    '      counted: accumulator.counted + float(v: r.part),',
    '    }),',
    '  )',
    '  |> map(fn: (r) => ({r with _time: now(), share: r.counted / r.all}))',
  ];
}

/** By how much counters of the series `monitoring` grew, in each process, added up by service. */
function growthOf(source: string, since: string, fields: readonly string[]): string[] {
  return [
    `from(${source})`,
    `  |> range(start: -${since})`,
    '  |> filter(fn: (r) => r._measurement == "monitoring")',
    `  |> filter(fn: (r) => ${fields.map((field) => `r._field == ${fluxText(field)}`).join(' or ')})`,
    '  |> toFloat()',
    '  |> spread()',
    '  |> group(columns: ["_measurement", "service"])',
    '  |> sum()',
    ...WATCHED,
  ];
}
