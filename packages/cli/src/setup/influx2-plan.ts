import type { Influx2Settings } from '@influx-monitoring/core';
import { CommandError } from '../command-error.ts';
import { arrayAt, jsonOf, reasonOf, valueAt } from '../database/database.ts';
import { sendRequest } from '../database/http.ts';
import { fluxText } from '../database/influx2-questions.ts';
import { DOWNSAMPLED_SERIES, INTERVAL, LATENESS, type Downsampled } from './downsampling.ts';
import type { DatabaseWishes } from './influx1-plan.ts';
import { settled, type PlanItem } from './plan.ts';
import { cautionOf, retentionText } from './retention.ts';

/** Plans a bucket, its retention and a task. @throws CommandError where the server refuses to tell */
export async function planInflux2(
  settings: Influx2Settings,
  wishes: DatabaseWishes,
  signal: AbortSignal,
): Promise<PlanItem[]> {
  const api = new Influx2Api(settings);
  const organizationId = await api.organizationId(signal);
  const items = [await planBucket(api, organizationId, settings.bucket, wishes.retentionSeconds, signal)];
  if (wishes.isDownsampled) {
    const target = `${settings.bucket}_${INTERVAL}`;
    items.push(await planBucket(api, organizationId, target, 0, signal));
    items.push(await planTask(api, organizationId, settings, target, signal));
  }
  return items;
}

async function planBucket(
  api: Influx2Api,
  orgID: string,
  name: string,
  wishedSeconds: number | undefined,
  signal: AbortSignal,
): Promise<PlanItem> {
  const place = `bucket "${name}"`;
  const query = new URLSearchParams({ orgID, name });
  const answer = await api.ask('GET', `/api/v2/buckets?${query.toString()}`, undefined, signal, [404]);
  const bucket = arrayAt(answer, 'buckets').find((entry) => valueAt(entry, 'name') === name);
  const rulesOf = (seconds: number): object[] => (seconds === 0 ? [] : [{ type: 'expire', everySeconds: seconds }]);
  if (bucket === undefined) {
    const seconds = wishedSeconds ?? 0;
    return {
      action: 'make',
      description: `${place}, points ${retentionText(seconds)}`,
      apply: (applied) =>
        api.run('POST', '/api/v2/buckets', { orgID, name, retentionRules: rulesOf(seconds) }, applied),
    };
  }
  const seconds = Number(valueAt(arrayAt(bucket, 'retentionRules')[0], 'everySeconds') ?? 0);
  if (wishedSeconds === undefined || wishedSeconds === seconds)
    return settled(`${place}, points ${retentionText(seconds)}`);
  const path = `/api/v2/buckets/${encodeURIComponent(String(valueAt(bucket, 'id')))}`;
  // A rule of 0 seconds is how the API is told to keep points forever.
  const retentionRules = [{ type: 'expire', everySeconds: wishedSeconds }];
  return {
    action: 'change',
    description: `${place}, points ${retentionText(wishedSeconds)} (now ${retentionText(seconds)})`,
    caution: cautionOf(seconds, wishedSeconds),
    apply: (applied) => api.run('PATCH', path, { retentionRules }, applied),
  };
}

async function planTask(
  api: Influx2Api,
  orgID: string,
  { bucket, organization }: Influx2Settings,
  target: string,
  signal: AbortSignal,
): Promise<PlanItem> {
  const name = `influx-monitoring: ${bucket} every ${INTERVAL}`;
  const description = `task "${name}"`;
  const flux = taskFlux({ name, bucket, target, organization });
  const query = new URLSearchParams({ orgID, name });
  const answer = await api.ask('GET', `/api/v2/tasks?${query.toString()}`, undefined, signal);
  const task = arrayAt(answer, 'tasks').find((entry) => valueAt(entry, 'name') === name);
  if (task === undefined) {
    return {
      action: 'make',
      description,
      apply: (applied) => api.run('POST', '/api/v2/tasks', { orgID, flux, status: 'active' }, applied),
    };
  }
  if (valueAt(task, 'flux') === flux) return settled(description);
  const path = `/api/v2/tasks/${encodeURIComponent(String(valueAt(task, 'id')))}`;
  return { action: 'change', description, apply: (applied) => api.run('PATCH', path, { flux }, applied) };
}

interface TaskNames {
  readonly name: string;
  readonly bucket: string;
  readonly target: string;
  readonly organization: string;
}

/** Flux that does what the continuous queries of 1.x do: windows of their begin, late points included. */
export function taskFlux({ name, bucket, target, organization }: TaskNames): string {
  const streams = DOWNSAMPLED_SERIES.flatMap(({ series, fields }) =>
    fields.map((field) => [
      `from(bucket: ${fluxText(bucket)})`,
      `  |> range(start: -${LATENESS})`,
      `  |> filter(fn: (r) => r._measurement == ${fluxText(series)} and r._field == ${fluxText(field.source)})`,
      `  |> aggregateWindow(every: ${INTERVAL}, fn: ${aggregateOf(field)}, createEmpty: false, timeSrc: "_start")`,
      `  |> set(key: "_field", value: ${fluxText(field.target)})`,
      `  |> to(bucket: ${fluxText(target)}, org: ${fluxText(organization)})`,
    ]),
  );
  const option = `option task = {name: ${fluxText(name)}, every: ${INTERVAL}, offset: 30s}`;
  return [option, ...streams.map((lines) => lines.join('\n'))].join('\n\n');
}

function aggregateOf({ aggregate }: Downsampled): string {
  return aggregate === 'percentile 99'
    ? '(column, tables=<-) => tables |> quantile(q: 0.99, column: column)'
    : aggregate;
}

class Influx2Api {
  readonly #settings: Influx2Settings;

  constructor(settings: Influx2Settings) {
    this.#settings = settings;
  }

  async organizationId(signal: AbortSignal): Promise<string> {
    const { organization } = this.#settings;
    const query = new URLSearchParams({ org: organization });
    const answer = await this.ask('GET', `/api/v2/orgs?${query.toString()}`, undefined, signal, [404]);
    const found = arrayAt(answer, 'orgs').find((entry) => valueAt(entry, 'name') === organization);
    const id = valueAt(found, 'id');
    if (typeof id !== 'string') throw new CommandError(`there is no organization "${organization}" for this token`);
    return id;
  }

  async run(method: 'POST' | 'PATCH', path: string, body: object, signal: AbortSignal): Promise<void> {
    await this.ask(method, path, body, signal);
  }

  /** @returns JSON; `undefined` for a status that is expected */
  async ask(
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    body: object | undefined,
    signal: AbortSignal,
    expectedStatuses: readonly number[] = [],
  ): Promise<unknown> {
    const { token, url } = this.#settings;
    const answer = await sendRequest({
      url: `${url}${path}`,
      method,
      headers: { authorization: `Token ${token}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
    if (expectedStatuses.includes(answer.status)) return undefined;
    if (answer.status >= 200 && answer.status < 300) return jsonOf(answer.body);
    const hint = [401, 403].includes(answer.status)
      ? '; it takes a token that may make buckets and tasks: INFLUX_ADMIN_TOKEN in the environment'
      : '';
    const what = `${method} ${path.split('?')[0] ?? ''}`;
    throw new CommandError(`InfluxDB refuses ${what}: ${reasonOf(answer)}${hint}`);
  }
}
