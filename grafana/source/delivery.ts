import { dashboard } from './dashboard.ts';
import { chart, figure, type PanelContent, type Unit } from './panel.ts';
import { inTotal, isOneOf, overTime } from './influxql.ts';
import { lines } from './target.ts';

const WHERE = [isOneOf('service', 'service')];
const MONITORING = { from: '"monitoring"', where: WHERE };

/** Counters are a process's own and begin at 0 with it: their growth is taken in each, then added up. */
function growthOf(field: string): string {
  const select = `non_negative_derivative(max("${field}"), 1s) AS "growth"`;
  const inEach = overTime({ select, ...MONITORING, by: ['*'] });
  return overTime({ select: 'sum("growth")', from: `(${inEach})`, by: ['service'] });
}

function sumOf(field: string): string {
  const inEach = overTime({ select: `max("${field}") AS "value"`, ...MONITORING, by: ['*'] });
  return overTime({ select: 'sum("value")', from: `(${inEach})`, by: ['service'] });
}

function lostOf(field: string): string {
  const inEach = inTotal({ select: `spread("${field}") AS "value"`, ...MONITORING, by: ['*'] });
  return inTotal({ select: 'sum("value")', from: `(${inEach})` });
}

function byField(
  title: string,
  description: string,
  unit: Unit,
  fields: readonly string[],
  queryOf: (field: string) => string,
): PanelContent {
  const targets = fields.map((field, index) =>
    lines(queryOf(field), `$tag_service ${field}`, { refId: String.fromCharCode('A'.charCodeAt(0) + index) }),
  );
  return chart({ title, description, unit, targets });
}

/** How monitoring itself fares: the opt-in series `monitoring`. */
export const delivery = dashboard({
  uid: 'influx-monitoring-delivery',
  title: 'delivery',
  description: 'Series monitoring (MONITORING_SELF_PERIOD_SECONDS): what became of the points.',
  variables: [
    {
      kind: 'values',
      name: 'service',
      label: 'Service',
      query: 'SHOW TAG VALUES FROM "monitoring" WITH KEY = "service"',
    },
  ],
  rows: [
    [
      figure({
        title: 'Dropped',
        description: 'Points lost in the time range. The log of the service says why.',
        unit: 'short',
        targets: [lines(lostOf('dropped'), 'dropped')],
      }),
      figure({
        title: 'Refused by the database',
        description: 'Points that the database will never accept; with a spool folder they are kept as dead letters.',
        unit: 'short',
        targets: [lines(lostOf('dead_lettered'), 'dead letters')],
      }),
      figure({
        title: 'Failed attempts',
        description: 'Writes that were retried. They lose no points.',
        unit: 'short',
        targets: [lines(lostOf('retries'), 'retries')],
      }),
    ],
    [
      byField(
        'Points a second',
        'Recorded by the services, and accepted by the database.',
        'eps',
        ['recorded', 'delivered'],
        growthOf,
      ),
      byField(
        'Points lost a second',
        'Dropped, or refused by the database.',
        'eps',
        ['dropped', 'dead_lettered'],
        growthOf,
      ),
    ],
    [
      byField(
        'Waiting points',
        'In memory and on disk, and those on disk alone.',
        'short',
        ['pending', 'spooled'],
        sumOf,
      ),
      chart({
        title: 'Age of the oldest waiting point',
        description: 'More than a flushing period or two means that the database is down or slow.',
        unit: 's',
        targets: [
          lines(overTime({ select: 'max("oldest_pending_seconds")', ...MONITORING, by: ['service'] }), '$tag_service'),
        ],
      }),
    ],
    [
      byField(
        'Space taken by waiting points',
        'Bytes of memory and of disk.',
        'bytes',
        ['memory_bytes', 'spool_bytes'],
        sumOf,
      ),
      byField(
        'Tag values that became "other", a second',
        "A tag has more values than its limit; the service's log and stats().overflowedTags say which one.",
        'eps',
        ['overflowed_tags'],
        growthOf,
      ),
    ],
  ],
});
