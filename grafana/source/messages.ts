import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, type Variable } from './dashboard.ts';
import { holds, inTotal, isNoneOf, isOneOf, overTime, topValues } from './influxql.ts';
import { chart, table, type PanelContent } from './panel.ts';
import { columns, FOLDED, rate, RAW, type Reading } from './reading.ts';
import { lines, rows } from './target.ts';
import { policyVariables } from './variables.ts';

const SERVICE = isOneOf('service', 'service');
const ACCOUNT = isOneOf('account_id', 'account');
// The tag is spelled so on the wire, as LUNA's dashboards expect it.
const CHANNEL = isOneOf('chanel', 'channel');

/** So many accounts and channels are shown by themselves: a service may have 10,000. */
const TOP_COUNT = 10;

/** The way of messages from Redis to WebSockets. */
export function messages(reading: Reading): Dashboard {
  return dashboard({
    uid: `influx-monitoring-messages${reading.suffix}`,
    title: `messages${reading.title}`,
    description: `Series redis_message, ws_requests and subscription_error: from Redis to the clients.${reading.remark}`,
    variables: [...policyVariables(reading), ...variables(reading)],
    rows: [rates(reading), times(reading), failures(reading), tables(reading)],
  });
}

function variables(reading: Reading): readonly Variable[] {
  // In a downsampled policy the tags are those of the raw series, and InfluxQL lists them by series alone.
  const received = reading === FOLDED ? FOLDED.from('redis_message') : RAW.from('redis_message');
  const top = (tag: string, series: string, field: string, search: string): string =>
    topValues(tag, TOP_COUNT, {
      select: reading.count(field),
      from: reading.from(series),
      where: [SERVICE, holds(tag, search)],
    });
  const searchOf = (what: string) => `Lists the ${String(TOP_COUNT)} busiest whose ${what} contains this text`;
  return [
    {
      kind: 'values',
      name: 'service',
      label: 'Service',
      query: `SHOW TAG VALUES FROM ${received} WITH KEY = "service"`,
    },
    { kind: 'text', name: 'account_search', label: 'Search accounts', description: searchOf('id') },
    {
      kind: 'top',
      name: 'account',
      label: 'Accounts',
      query: top('account_id', 'ws_requests', 'transport_time', 'account_search'),
    },
    { kind: 'text', name: 'channel_search', label: 'Search channels', description: searchOf('name') },
    {
      kind: 'top',
      name: 'channel',
      label: 'Channels',
      query: top('chanel', 'redis_message', 'request_id', 'channel_search'),
    },
  ];
}

interface Shown {
  readonly title: string;
  readonly series: string;
  readonly field: string;
  readonly tag: string;
  readonly isShown: string;
  readonly isOther: string;
}

const BY_CHANNEL: Shown = {
  title: 'Redis messages a second, by channel',
  series: 'redis_message',
  field: 'request_id',
  tag: 'chanel',
  isShown: CHANNEL,
  isOther: isNoneOf('chanel', 'channel'),
};
const BY_ACCOUNT: Shown = {
  title: 'WebSocket messages a second, by account',
  series: 'ws_requests',
  field: 'transport_time',
  tag: 'account_id',
  isShown: ACCOUNT,
  isOther: isNoneOf('account_id', 'account'),
};

/** The chosen ones by themselves, and one line for all others. */
function rateBy(reading: Reading, { title, series, field, tag, isShown, isOther }: Shown): PanelContent {
  const select = rate(reading, field);
  const from = reading.from(series);
  return chart({
    title,
    description: 'The busiest, or those selected above; all others as one line.',
    unit: 'mps',
    isStacked: true,
    minInterval: reading.minInterval,
    targets: [
      lines(overTime({ select, from, where: [SERVICE, isShown], by: [tag] }, '0'), `$tag_${tag}`),
      lines(overTime({ select, from, where: [SERVICE, isOther] }), 'others', { refId: 'B' }),
    ],
  });
}

function rates(reading: Reading): readonly PanelContent[] {
  return [rateBy(reading, BY_CHANNEL), rateBy(reading, BY_ACCOUNT)];
}

function times(reading: Reading): readonly PanelContent[] {
  const select = columns(reading.durations('transport_time'));
  const from = reading.from('ws_requests');
  return [
    chart({
      title: 'Transport time',
      description: `From the arrival of a Redis message to the end of its send to a client, for all accounts.${reading.remark}`,
      unit: 's',
      minInterval: reading.minInterval,
      targets: [lines(overTime({ select, from, where: [SERVICE] }), '$col')],
    }),
    chart({
      title: 'p99 transport time, by account',
      description: `The busiest accounts, or those selected above.${reading.remark}`,
      unit: 's',
      minInterval: reading.minInterval,
      targets: [
        lines(
          overTime({ select: reading.p99('transport_time'), from, where: [SERVICE, ACCOUNT], by: ['account_id'] }),
          '$tag_account_id',
        ),
      ],
    }),
  ];
}

function failures(reading: Reading): readonly PanelContent[] {
  // Errors always stay points, whatever else is folded.
  const errors = reading === FOLDED ? RAW : reading;
  return [
    chart({
      title: 'Subscription errors a second, by code',
      description: 'Errors of subscribing, a listener, the connection or a send. 29004 is a failed send.',
      unit: 'eps',
      minInterval: errors.minInterval,
      targets: [
        lines(
          overTime(
            {
              select: 'sum("count") * 1000 / $__interval_ms',
              from: errors.from('subscription_error'),
              where: [SERVICE],
              by: ['error_code'],
            },
            '0',
          ),
          '$tag_error_code',
        ),
      ],
    }),
    table({
      title: 'Channels',
      description: 'The busiest, or those selected above.',
      columns: { messages: 'short' },
      targets: [
        rows(
          inTotal({
            select: columns({ messages: reading.count('request_id') }),
            from: reading.from('redis_message'),
            where: [SERVICE, CHANNEL],
            by: ['chanel'],
          }),
        ),
      ],
    }),
  ];
}

function tables(reading: Reading): readonly PanelContent[] {
  const durations = reading.durations('transport_time');
  const units = Object.fromEntries(Object.keys(durations).map((name) => [name, 's' as const]));
  return [
    table({
      title: 'Accounts',
      description: `The busiest, or those selected above.${reading.remark}`,
      columns: { messages: 'short', ...units },
      targets: [
        rows(
          inTotal({
            select: columns({ messages: reading.count('transport_time'), ...durations }),
            from: reading.from('ws_requests'),
            where: [SERVICE, ACCOUNT],
            by: ['account_id'],
          }),
        ),
      ],
    }),
  ];
}
