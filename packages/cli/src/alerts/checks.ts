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
    data: (source) => [
      ...countsOf(source, 'requests', 'execution_time', '5m', ['_measurement', 'service', 'status_code']),
      '  |> map(fn: (r) => ({r with failed: if r.status_code =~ /^(5|499$)/ then r._value else 0}))',
      '  |> group(columns: ["_measurement", "service"])',
      '  |> reduce(',
      '    identity: {all: 0.0, failures: 0.0},',
      '    fn: (r, accumulator) => ({',
      '      all: accumulator.all + float(v: r._value),',
      '      failures: accumulator.failures + float(v: r.failed),',
      '    }),',
      '  )',
      '  |> map(fn: (r) => ({r with _time: now(), share: r.failures / r.all}))',
    ],
    predicate: 'r.all >= 20.0 and r.share > 0.05',
    message: '${r.service}: ${string(v: r.share * 100.0)} % of the requests failed in 5 minutes',
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
    data: (source) => [
      `from(${source})`,
      '  |> range(start: -10m)',
      '  |> filter(fn: (r) => r._measurement == "monitoring")',
      '  |> filter(fn: (r) => r._field == "dropped" or r._field == "dead_lettered")',
      '  |> toFloat()',
      '  |> spread()',
      '  |> group(columns: ["_measurement", "service"])',
      '  |> sum()',
      ...WATCHED,
    ],
    predicate: 'r.watched > 0.0',
    message: '${r.service}: ${string(v: r.watched)} points were dropped or refused in 10 minutes',
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

function countsOf(source: string, series: string, field: string, since: string, by: readonly string[]): string[] {
  const columns = by.map(fluxText).join(', ');
  return [...pointsOf(source, series, field, since), `  |> group(columns: [${columns}])`, '  |> count()'];
}
