import { dashboard } from './dashboard.ts';
import { chart, table } from './panel.ts';
import { inTotal, isOneOf, lines, overTime, rate, rows } from './target.ts';

const SERVICE = isOneOf('service', 'service');
const SENT = { from: '"ws_requests"', where: [SERVICE, isOneOf('account_id', 'account')] };
// The tag is spelled so on the wire, as LUNA's dashboards expect it.
const RECEIVED = { from: '"redis_message"', where: [SERVICE, isOneOf('chanel', 'channel')] };
const FAILED = { from: '"subscription_error"', where: [SERVICE] };

const PERCENTILES = [50, 95, 99]
  .map((percent) => `percentile("transport_time", ${String(percent)}) AS "p${String(percent)}"`)
  .join(', ');

/** The way of messages from Redis to WebSockets. */
export const messages = dashboard({
  uid: 'influx-monitoring-messages',
  title: 'messages',
  description: 'Series redis_message, ws_requests and subscription_error: from Redis to the clients.',
  variables: [
    { name: 'service', label: 'Service', query: 'SHOW TAG VALUES FROM "redis_message" WITH KEY = "service"' },
    {
      name: 'account',
      label: 'Account',
      query: `SHOW TAG VALUES FROM "ws_requests" WITH KEY = "account_id" WHERE ${SERVICE}`,
    },
    {
      name: 'channel',
      label: 'Channel',
      query: `SHOW TAG VALUES FROM "redis_message" WITH KEY = "chanel" WHERE ${SERVICE}`,
    },
  ],
  rows: [
    [
      chart({
        title: 'Messages of Redis a second, by channel',
        unit: 'mps',
        isStacked: true,
        targets: [lines(overTime({ select: rate('request_id'), ...RECEIVED, by: ['chanel'] }, '0'), '$tag_chanel')],
      }),
      chart({
        title: 'Messages to WebSockets a second, by account',
        unit: 'mps',
        isStacked: true,
        targets: [
          lines(overTime({ select: rate('transport_time'), ...SENT, by: ['account_id'] }, '0'), '$tag_account_id'),
        ],
      }),
    ],
    [
      chart({
        title: 'Transport time',
        description: 'From the arrival of a message of Redis to the end of its send to a client.',
        unit: 's',
        targets: [lines(overTime({ select: PERCENTILES, ...SENT }), '$col')],
      }),
      chart({
        title: 'Transport time that 99 % keep below, by account',
        unit: 's',
        targets: [
          lines(
            overTime({ select: 'percentile("transport_time", 99)', ...SENT, by: ['account_id'] }),
            '$tag_account_id',
          ),
        ],
      }),
    ],
    [
      chart({
        title: 'Errors of subscriptions a second, by code',
        unit: 'eps',
        targets: [
          lines(
            overTime({ select: 'sum("count") * 1000 / $__interval_ms', ...FAILED, by: ['error_code'] }, '0'),
            '$tag_error_code',
          ),
        ],
      }),
      table({
        title: 'Channels',
        columns: { messages: 'short' },
        targets: [rows(inTotal({ select: 'count("request_id") AS "messages"', ...RECEIVED, by: ['chanel'] }))],
      }),
    ],
    [
      table({
        title: 'Accounts',
        columns: { messages: 'short', p50: 's', p95: 's', p99: 's', max: 's' },
        targets: [
          rows(
            inTotal({
              select: `count("transport_time") AS "messages", ${PERCENTILES}, max("transport_time") AS "max"`,
              ...SENT,
              by: ['account_id'],
            }),
          ),
        ],
      }),
    ],
  ],
});
