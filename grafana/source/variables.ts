import type { Variable } from './dashboard.ts';
import type { ColumnLink } from './panel.ts';
import { DOWNSAMPLED, type Reading } from './reading.ts';

/** What stands before a series in FROM where points are downsampled: the policy of 1.x, the bucket of 2.x. */
export function policyVariables(reading: Reading): readonly Variable[] {
  if (reading !== DOWNSAMPLED) return [];
  return [
    {
      kind: 'choice',
      name: 'policy',
      label: 'Downsampled to',
      description:
        'What stands before the series in FROM: "influx_monitoring_5m". on InfluxDB 1.x, "BUCKET_5m"."autogen". on 2.x, with the last point',
      choices: {
        'InfluxDB 1.x': '"influx_monitoring_5m".',
        'InfluxDB 2.x (luna_monitoring)': '"luna_monitoring_5m"."autogen".',
      },
    },
  ];
}

/** Where ids are looked up: the beginning of an address, which the id follows. */
export const LOOK_UP_VARIABLES: readonly Variable[] = [
  {
    kind: 'text',
    name: 'logs',
    label: 'Logs at',
    description: 'The beginning of your log search address (Loki, Elasticsearch); the request id is appended',
  },
  {
    kind: 'text',
    name: 'traces',
    label: 'Traces at',
    description: 'The beginning of your trace address (Tempo, Jaeger); the trace id is appended',
  },
];

/** The columns of tables that hold ids. */
export const LOOK_UP_LINKS: Readonly<Record<string, ColumnLink>> = {
  request_id: { title: 'Logs of this request', variable: 'logs' },
  trace_id: { title: 'Trace of this request', variable: 'traces' },
};
