import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, type Variable } from './dashboard.ts';
import { inTotal, isOneOf, overTime } from './influxql.ts';
import { chart, figure, table, type PanelContent } from './panel.ts';
import { columns, FOLDED, rate, RAW, type Reading } from './reading.ts';
import { lines, quotient, rows } from './target.ts';
import { LOOK_UP_LINKS, LOOK_UP_VARIABLES, policyVariables } from './variables.ts';

const WHERE = [isOneOf('service', 'service'), isOneOf('route', 'route')];
/** Failures of the service: its own errors, and responses that did not finish. */
const FAILED = '"status_code" =~ /^(5..|499)$/';
/** What clients asked for and did not get: unknown paths, missing rights. */
const REFUSED = '"status_code" =~ /^4/ AND "status_code" != \'499\'';

const STATUS_CLASSES: Readonly<Record<string, string>> = {
  '1xx': '"status_code" =~ /^1/',
  '2xx': '"status_code" =~ /^2/',
  '3xx': '"status_code" =~ /^3/',
  '4xx': REFUSED,
  '499': '"status_code" = \'499\'',
  '5xx': '"status_code" =~ /^5/',
};

/** Requests and errors of HTTP, and handshakes of WebSockets. */
export function requests(reading: Reading): Dashboard {
  return dashboard({
    uid: `influx-monitoring-requests${reading.suffix}`,
    title: `requests${reading.title}`,
    description: `Series requests and errors: how many, how fast, how many failed, and which.${reading.remark}`,
    variables: [
      ...policyVariables(reading),
      ...variables(reading),
      ...(errorReading(reading) === RAW ? LOOK_UP_VARIABLES : []),
    ],
    rows: [figures(reading), rates(reading), times(reading), tables(reading), ...latest(reading)],
  });
}

/** Errors always stay points, whatever else is folded. */
function errorReading(reading: Reading): Reading {
  return reading === FOLDED ? RAW : reading;
}

function variables(reading: Reading): readonly Variable[] {
  // In a downsampled policy the tags are those of the raw series, and InfluxQL lists them by series alone.
  const series = reading === FOLDED ? FOLDED.from('requests') : RAW.from('requests');
  const values = (tag: string) => `SHOW TAG VALUES FROM ${series} WITH KEY = "${tag}"`;
  return [
    { kind: 'values', name: 'service', label: 'Service', query: values('service') },
    {
      kind: 'values',
      name: 'route',
      label: 'Route',
      query: `${values('route')} WHERE ${isOneOf('service', 'service')}`,
    },
  ];
}

function total(reading: Reading, condition?: string): string {
  const where = condition === undefined ? WHERE : [...WHERE, condition];
  return inTotal({ select: reading.count('execution_time'), from: reading.from('requests'), where });
}

function counts(reading: Reading, condition?: string): string {
  const where = condition === undefined ? WHERE : [...WHERE, condition];
  const selection = { select: reading.count('execution_time'), from: reading.from('requests'), where };
  return overTime(selection, condition === undefined ? 'none' : '0');
}

function figures(reading: Reading): readonly PanelContent[] {
  return [
    figure({
      title: 'Requests',
      description: 'Requests and handshakes in the time range.',
      unit: 'short',
      targets: [lines(total(reading), 'requests')],
    }),
    figure({
      title: 'Failed',
      description: 'Status 5xx and responses that did not finish (499): failures of the service.',
      unit: 'percentunit',
      targets: quotient(total(reading, FAILED), total(reading)),
    }),
    figure({
      title: 'Refused',
      description: 'Status 4xx without 499: requests that clients should not have made. Scanners alone cause some.',
      unit: 'percentunit',
      targets: quotient(total(reading, REFUSED), total(reading)),
    }),
    figure({
      title: 'p99 execution time',
      description: `The 99th percentile of the execution time in the time range.${reading.remark}`,
      unit: 's',
      targets: [
        lines(inTotal({ select: reading.p99('execution_time'), from: reading.from('requests'), where: WHERE }), 'p99'),
      ],
    }),
  ];
}

function rates(reading: Reading): readonly PanelContent[] {
  const byClass = Object.entries(STATUS_CLASSES).map(([name, condition], index) =>
    lines(
      overTime(
        { select: rate(reading, 'execution_time'), from: reading.from('requests'), where: [...WHERE, condition] },
        '0',
      ),
      name,
      { refId: String.fromCharCode('A'.charCodeAt(0) + index) },
    ),
  );
  return [
    chart({
      title: 'Requests a second, by status',
      description: '499 is a response that did not finish: the client left, or the connection was cut.',
      unit: 'reqps',
      isStacked: true,
      minInterval: reading.minInterval,
      targets: byClass,
    }),
    chart({
      title: 'Share that failed',
      description: 'Status 5xx and 499, as a share of all requests.',
      unit: 'percentunit',
      minInterval: reading.minInterval,
      targets: quotient(counts(reading, FAILED), counts(reading)),
    }),
  ];
}

function times(reading: Reading): readonly PanelContent[] {
  const errors = errorReading(reading);
  const select = columns(reading.durations('execution_time'));
  return [
    chart({
      title: 'Execution time',
      description: `From the arrival of a request to the end of its response.${reading.remark}`,
      unit: 's',
      minInterval: reading.minInterval,
      targets: [lines(overTime({ select, from: reading.from('requests'), where: WHERE }), '$col')],
    }),
    chart({
      title: 'Errors a second, by code',
      description: 'The code of the error, or else the status.',
      unit: 'eps',
      minInterval: errors.minInterval,
      targets: [
        lines(
          overTime(
            { select: rate(errors, 'request_id'), from: errors.from('errors'), where: WHERE, by: ['error_code'] },
            '0',
          ),
          '$tag_error_code',
        ),
      ],
    }),
  ];
}

function tables(reading: Reading): readonly PanelContent[] {
  const errors = errorReading(reading);
  const durations = reading.durations('execution_time');
  const named = { requests: reading.count('execution_time'), ...durations };
  const units = Object.fromEntries(Object.keys(durations).map((name) => [name, 's' as const]));
  return [
    table({
      title: 'Routes',
      description: `The registered pattern, never a raw path.${reading.remark}`,
      columns: { requests: 'short', ...units },
      targets: [rows(inTotal({ select: columns(named), from: reading.from('requests'), where: WHERE, by: ['route'] }))],
    }),
    table({
      title: 'Errors',
      description: 'How often each route failed, by status and code.',
      columns: { errors: 'short' },
      targets: [
        rows(
          inTotal({
            select: columns({ errors: errors.count('request_id') }),
            from: errors.from('errors'),
            where: WHERE,
            by: ['route', 'status_code', 'error_code'],
          }),
        ),
      ],
    }),
  ];
}

/** Single requests: of raw points and, since errors stay points, of folded ones. */
function latest(reading: Reading): readonly (readonly PanelContent[])[] {
  const errors = errorReading(reading);
  if (errors !== RAW) return [];
  const select = '"route", "status_code", "error_code", "request_id", "trace_id"';
  return [
    [
      table({
        title: 'Latest errors',
        description:
          "The request id is in the service's log and was returned to the client; the trace id needs traceId of influxMonitoring().",
        columns: {},
        columnLinks: LOOK_UP_LINKS,
        hasTime: true,
        targets: [
          rows(`${inTotal({ select, from: errors.from('errors'), where: WHERE })} ORDER BY time DESC LIMIT 100`),
        ],
      }),
    ],
  ];
}
