import type { VictoriaMetricsServer } from '@influx-monitoring/test-servers';

/** The rows of an answer of VictoriaMetrics: labels and a number. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface QueryAnswer {
  readonly status: string;
  readonly error?: string;
  readonly data?: {
    readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: [number, string] }[];
  };
}

/** Runs MetricsQL at a time, in seconds since the epoch. What was written a moment ago is there, too. */
export async function queryNode(
  { url }: VictoriaMetricsServer,
  query: string,
  time = Date.now() / 1000,
): Promise<readonly Sample[]> {
  await fetch(`${url}/internal/force_flush`);
  const parameters = new URLSearchParams({ query, time: String(time), nocache: '1' });
  const response = await fetch(`${url}/api/v1/query?${parameters.toString()}`);
  // As the API of Prometheus answers.
  const answer = (await response.json()) as QueryAnswer;
  if (answer.status !== 'success') throw new Error(`VictoriaMetrics: ${answer.error ?? ''} (${query})`);
  return (answer.data?.result ?? []).map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/** How many points a node has of each series, each instant once, from a time on in milliseconds. */
export async function countsOf(node: VictoriaMetricsServer, fromMs: number): Promise<ReadonlyMap<string, number>> {
  const windowMs = Date.now() + 1000 - fromMs;
  const time = (fromMs + windowMs) / 1000;
  const samples = await queryNode(node, `count_over_time(requests_execution_time[${String(windowMs)}ms])`, time);
  return new Map(samples.map(({ labels, value }) => [`${labels['service'] ?? ''} ${labels['route'] ?? ''}`, value]));
}
