import { dashboard } from './dashboard.ts';
import { chart, figure, type Unit } from './panel.ts';
import { inTotal, isOneOf, lines, overTime } from './target.ts';

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

function byField(title: string, unit: Unit, fields: readonly string[], queryOf: (field: string) => string) {
  const targets = fields.map((field, index) =>
    lines(queryOf(field), `$tag_service ${field}`, { refId: String.fromCharCode('A'.charCodeAt(0) + index) }),
  );
  return chart({ title, unit, targets });
}

/** How monitoring itself fares: the opt-in series `monitoring`. */
export const delivery = dashboard({
  uid: 'influx-monitoring-delivery',
  title: 'delivery',
  description: 'Series monitoring, of MONITORING_SELF_PERIOD_SECONDS: what became of the points.',
  variables: [{ name: 'service', label: 'Service', query: 'SHOW TAG VALUES FROM "monitoring" WITH KEY = "service"' }],
  rows: [
    [
      figure({ title: 'Dropped', unit: 'short', targets: [lines(lostOf('dropped'), 'dropped')] }),
      figure({
        title: 'Refused by the database',
        unit: 'short',
        targets: [lines(lostOf('dead_lettered'), 'dead letters')],
      }),
      figure({ title: 'Attempts that failed', unit: 'short', targets: [lines(lostOf('retries'), 'retries')] }),
    ],
    [
      byField('Points a second', 'eps', ['recorded', 'delivered'], growthOf),
      byField('Points lost a second', 'eps', ['dropped', 'dead_lettered'], growthOf),
    ],
    [
      byField('Points that wait', 'short', ['pending', 'spooled'], sumOf),
      chart({
        title: 'Age of the oldest point that waits',
        unit: 's',
        targets: [
          lines(overTime({ select: 'max("oldest_pending_seconds")', ...MONITORING, by: ['service'] }), '$tag_service'),
        ],
      }),
    ],
    [byField('Where they wait', 'bytes', ['memory_bytes', 'spool_bytes'], sumOf)],
  ],
});
