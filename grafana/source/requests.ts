import { dashboard } from './dashboard.ts';
import { chart, figure, table } from './panel.ts';
import { inTotal, isOneOf, lines, overTime, quotient, rate, rows } from './target.ts';

const WHERE = [isOneOf('service', 'service'), isOneOf('route', 'route')];
const FAILED = [...WHERE, '"status_code" =~ /^[45]/'];
const REQUESTS = '"requests"';
const ERRORS = '"errors"';

const PERCENTILES =
  'percentile("execution_time", 50) AS "p50", percentile("execution_time", 95) AS "p95", percentile("execution_time", 99) AS "p99"';

const STATUS_CLASSES = ['1', '2', '3', '4', '5'];

/** Requests and errors of HTTP, and handshakes of WebSockets. */
export const requests = dashboard({
  uid: 'influx-monitoring-requests',
  title: 'requests',
  description: 'Series requests and errors: how many, how fast, how many failed, and which.',
  variables: [
    { name: 'service', label: 'Service', query: 'SHOW TAG VALUES FROM "requests" WITH KEY = "service"' },
    {
      name: 'route',
      label: 'Route',
      query: `SHOW TAG VALUES FROM "requests" WITH KEY = "route" WHERE ${isOneOf('service', 'service')}`,
    },
  ],
  rows: [
    [
      figure({
        title: 'Requests',
        unit: 'short',
        targets: [lines(inTotal({ select: 'count("execution_time")', from: REQUESTS, where: WHERE }), 'requests')],
      }),
      figure({
        title: 'Failed',
        description: 'Status 400 and up, and responses that did not finish (499).',
        unit: 'percentunit',
        targets: quotient(
          lines(inTotal({ select: 'count("execution_time")', from: REQUESTS, where: FAILED }), 'failed'),
          lines(inTotal({ select: 'count("execution_time")', from: REQUESTS, where: WHERE }), 'all', { refId: 'B' }),
        ),
      }),
      figure({
        title: '99 % are faster than',
        unit: 's',
        targets: [lines(inTotal({ select: 'percentile("execution_time", 99)', from: REQUESTS, where: WHERE }), 'p99')],
      }),
    ],
    [
      chart({
        title: 'Requests a second, by status',
        unit: 'reqps',
        isStacked: true,
        targets: STATUS_CLASSES.map((digit, index) =>
          lines(
            overTime(
              { select: rate('execution_time'), from: REQUESTS, where: [...WHERE, `"status_code" =~ /^${digit}/`] },
              '0',
            ),
            `${digit}xx`,
            { refId: String.fromCharCode('A'.charCodeAt(0) + index) },
          ),
        ),
      }),
      chart({
        title: 'Share that failed',
        unit: 'percentunit',
        targets: quotient(
          lines(overTime({ select: 'count("execution_time")', from: REQUESTS, where: FAILED }, '0'), 'failed'),
          lines(overTime({ select: 'count("execution_time")', from: REQUESTS, where: WHERE }), 'all', { refId: 'B' }),
        ),
      }),
    ],
    [
      chart({
        title: 'Execution time',
        description: 'From the arrival of a request to the end of its response.',
        unit: 's',
        targets: [lines(overTime({ select: PERCENTILES, from: REQUESTS, where: WHERE }), '$col')],
      }),
      chart({
        title: 'Errors a second, by code',
        unit: 'eps',
        targets: [
          lines(
            overTime({ select: rate('request_id'), from: ERRORS, where: WHERE, by: ['error_code'] }, '0'),
            '$tag_error_code',
          ),
        ],
      }),
    ],
    [
      table({
        title: 'Routes',
        columns: { requests: 'short', mean: 's', p50: 's', p95: 's', p99: 's', max: 's' },
        targets: [
          rows(
            inTotal({
              select: `count("execution_time") AS "requests", mean("execution_time") AS "mean", ${PERCENTILES}, max("execution_time") AS "max"`,
              from: REQUESTS,
              where: WHERE,
              by: ['route'],
            }),
          ),
        ],
      }),
      table({
        title: 'Errors',
        columns: { errors: 'short' },
        targets: [
          rows(
            inTotal({
              select: 'count("request_id") AS "errors"',
              from: ERRORS,
              where: WHERE,
              by: ['route', 'status_code', 'error_code'],
            }),
          ),
        ],
      }),
    ],
    [
      table({
        title: 'Latest errors',
        description: 'The request id is what the service logs and what the client was answered.',
        columns: {},
        hasTime: true,
        targets: [
          rows(
            `${inTotal({ select: '"route", "status_code", "error_code", "request_id"', from: ERRORS, where: WHERE })} ORDER BY time DESC LIMIT 100`,
          ),
        ],
      }),
    ],
  ],
});
