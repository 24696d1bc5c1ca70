import { dashboard } from './dashboard.ts';
import { chart, type Unit } from './panel.ts';
import { isOneOf, lines, overTime } from './target.ts';

const PROCESS = { from: '"process"', where: [isOneOf('service', 'service'), isOneOf('host', 'host')] };
const BY = ['host', 'pid', 'thread'];
const NAME = '$tag_host $tag_pid/$tag_thread';

const GC_KINDS = ['minor', 'major', 'incremental', 'weak_callbacks', 'other'];

function byProcess(title: string, unit: Unit, columns: Readonly<Record<string, string>>, description = '') {
  const select = Object.entries(columns)
    .map(([name, column]) => `${column} AS "${name}"`)
    .join(', ');
  const alias = Object.keys(columns).length === 1 ? NAME : `${NAME} $col`;
  return chart({ title, unit, description, targets: [lines(overTime({ select, ...PROCESS, by: BY }), alias)] });
}

/** The processes themselves: the opt-in series of `monitorProcess`. */
export const processes = dashboard({
  uid: 'influx-monitoring-process',
  title: 'processes',
  description: 'Series process, of monitorProcess() or MONITORING_PROCESS_PERIOD_SECONDS.',
  variables: [
    { name: 'service', label: 'Service', query: 'SHOW TAG VALUES FROM "process" WITH KEY = "service"' },
    {
      name: 'host',
      label: 'Host',
      query: `SHOW TAG VALUES FROM "process" WITH KEY = "host" WHERE ${isOneOf('service', 'service')}`,
    },
  ],
  rows: [
    [
      byProcess(
        'Delay of the event loop',
        's',
        { p99: 'max("event_loop_delay_p99_seconds")', max: 'max("event_loop_delay_max_seconds")' },
        'How much later than due the loop came round.',
      ),
      byProcess('Utilization of the event loop', 'percentunit', { utilization: 'mean("event_loop_utilization")' }),
    ],
    [
      byProcess(
        'CPU',
        'none',
        {
          user: 'mean("cpu_user_seconds_per_second")',
          system: 'mean("cpu_system_seconds_per_second")',
        },
        'Cores in use.',
      ),
      byProcess(
        'Garbage collection',
        'percentunit',
        // A process has its points at its own pace, so that a share of the time needs their periods.
        {
          share: `(${GC_KINDS.map((kind) => `sum("gc_${kind}_seconds")`).join(' + ')}) / sum("period_seconds")`,
        },
        'Share of the time.',
      ),
    ],
    [
      byProcess('Heap', 'bytes', { used: 'max("heap_used_bytes")', limit: 'max("heap_limit_bytes")' }),
      byProcess('Memory', 'bytes', {
        rss: 'max("rss_bytes")',
        external: 'max("external_bytes")',
        buffers: 'max("array_buffers_bytes")',
      }),
    ],
    [
      byProcess('What keeps the loop alive', 'short', {
        handles: 'max("active_handles")',
        requests: 'max("active_requests")',
        timers: 'max("active_timers")',
      }),
      byProcess('Collections', 'short', {
        minor: 'sum("gc_minor_count")',
        major: 'sum("gc_major_count")',
      }),
    ],
  ],
});
