import { dashboard } from './dashboard.ts';
import { chart, type Unit } from './panel.ts';
import { columns } from './reading.ts';
import { isOneOf, overTime } from './influxql.ts';
import { lines } from './target.ts';

const PROCESS = { from: '"process"', where: [isOneOf('service', 'service'), isOneOf('host', 'host')] };
const BY = ['host', 'pid', 'thread'];
const NAME = '$tag_host $tag_pid/$tag_thread';

const GC_KINDS = ['minor', 'major', 'incremental', 'weak_callbacks', 'other'];

function byProcess(title: string, unit: Unit, named: Readonly<Record<string, string>>, description: string) {
  const select = columns(named);
  const alias = Object.keys(named).length === 1 ? NAME : `${NAME} $col`;
  return chart({ title, unit, description, targets: [lines(overTime({ select, ...PROCESS, by: BY }), alias)] });
}

/** The processes themselves: the opt-in series of `monitorProcess`. */
export const processes = dashboard({
  uid: 'influx-monitoring-process',
  title: 'processes',
  description: 'Series process, of monitorProcess() or MONITORING_PROCESS_PERIOD_SECONDS.',
  variables: [
    { kind: 'values', name: 'service', label: 'Service', query: 'SHOW TAG VALUES FROM "process" WITH KEY = "service"' },
    {
      kind: 'values',
      name: 'host',
      label: 'Host',
      query: `SHOW TAG VALUES FROM "process" WITH KEY = "host" WHERE ${isOneOf('service', 'service')}`,
    },
  ],
  rows: [
    [
      byProcess(
        'Event loop delay',
        's',
        { p99: 'max("event_loop_delay_p99_seconds")', max: 'max("event_loop_delay_max_seconds")' },
        'How much later than scheduled the loop ran.',
      ),
      byProcess(
        'Event loop utilization',
        'percentunit',
        { utilization: 'mean("event_loop_utilization")' },
        'Share of the time that the loop was busy; near 1, requests wait.',
      ),
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
        'Share of the time spent.',
      ),
    ],
    [
      byProcess(
        'Heap',
        'bytes',
        { used: 'max("heap_used_bytes")', limit: 'max("heap_limit_bytes")' },
        'JavaScript memory; at the limit the process ends.',
      ),
      byProcess(
        'Memory',
        'bytes',
        {
          rss: 'max("rss_bytes")',
          external: 'max("external_bytes")',
          buffers: 'max("array_buffers_bytes")',
        },
        'Resident memory, and its parts outside the heap.',
      ),
    ],
    [
      byProcess(
        'What keeps the loop alive',
        'short',
        {
          handles: 'max("active_handles")',
          requests: 'max("active_requests")',
          timers: 'max("active_timers")',
        },
        'Sockets and servers, operations in progress, timers.',
      ),
      byProcess(
        'Collections',
        'short',
        {
          minor: 'sum("gc_minor_count")',
          major: 'sum("gc_major_count")',
        },
        'How often garbage was collected; major ones pause the process.',
      ),
    ],
  ],
});
