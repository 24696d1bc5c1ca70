import { CommandError } from '../command-error.ts';
import { arrayAt, jsonOf, reasonOf, valueAt } from '../database/database.ts';
import { sendRequest, type HttpAnswer, type HttpRequest } from '../database/http.ts';
import type { DatabaseWishes, PlanItem } from './plan.ts';
import { settled } from './plan.ts';
import { cautionOf, durationText, retentionText } from './retention.ts';

/** Where a database of InfluxDB 3 is. */
export interface Influx3Access {
  readonly database: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly url: string;
  readonly tls: HttpRequest['tls'];
}

/** Plans a database and its retention. @throws CommandError where the server refuses, or 3 cannot do what is asked for */
export async function planInflux3(
  access: Influx3Access,
  wishes: DatabaseWishes,
  signal: AbortSignal,
): Promise<PlanItem[]> {
  refuseWishes(wishes);
  const { database } = access;
  const listed = jsonOf((await ask(access, 'GET', '/api/v3/configure/database?format=json', undefined, signal)).body);
  const names = Array.isArray(listed) ? listed.map((entry: unknown) => valueAt(entry, 'iox::database')) : [];
  const place = `database "${database}"`;
  const { retentionSeconds } = wishes;
  const body = {
    db: database,
    ...(retentionSeconds !== undefined && { retention_period: periodOf(retentionSeconds) }),
  };
  if (!names.includes(database)) {
    return [
      {
        action: 'make',
        description: `${place}, points ${retentionText(retentionSeconds ?? 0)}`,
        apply: (applied) => change(access, 'POST', body, applied),
      },
    ];
  }
  const seconds = await retentionOf(access, signal);
  if (retentionSeconds === undefined || retentionSeconds === seconds) {
    return [settled(seconds === undefined ? place : `${place}, points ${retentionText(seconds)}`)];
  }
  const now = seconds === undefined ? 'its retention now is not told' : `now ${retentionText(seconds)}`;
  return [
    {
      action: 'change',
      description: `${place}, points ${retentionText(retentionSeconds)} (${now})`,
      caution: cautionOf(seconds ?? 0, retentionSeconds),
      apply: (applied) => change(access, 'PUT', body, applied),
    },
  ];
}

function refuseWishes({ alerts, hasTokens, isDownsampled }: DatabaseWishes): void {
  if (isDownsampled) {
    throw new CommandError(
      '--downsample: InfluxDB 3 has no tasks and no continuous queries; downsample with a plugin of its processing engine',
    );
  }
  if (hasTokens) {
    throw new CommandError('--make-token: InfluxDB 3 makes its tokens by `influxdb3 create token`');
  }
  if (alerts !== undefined) {
    throw new CommandError('--alerts: InfluxDB 3 has no checks; use the rules of Grafana (docs/grafana.md)');
  }
}

/** The retention in seconds; `undefined` where the server does not tell it. */
async function retentionOf(access: Influx3Access, signal: AbortSignal): Promise<number | undefined> {
  const query = new URLSearchParams({ db: '_internal', format: 'json', q: 'SELECT * FROM system.databases' });
  const path = `/api/v3/query_sql?${query.toString()}`;
  const answer = await sendRequest({ url: `${access.url}${path}`, headers: access.headers, tls: access.tls, signal });
  if (answer.status !== 200) return undefined;
  const rows = arrayAt({ rows: jsonOf(answer.body) }, 'rows');
  const row = rows.find((entry) => valueAt(entry, 'database_name') === access.database);
  if (row === undefined) return undefined;
  const nanoseconds = valueAt(row, 'retention_period_ns');
  return typeof nanoseconds === 'number' ? Math.round(nanoseconds / 1e9) : 0;
}

function periodOf(seconds: number): string {
  return seconds === 0 ? 'none' : durationText(seconds);
}

async function change(
  access: Influx3Access,
  method: 'POST' | 'PUT',
  body: object,
  signal: AbortSignal,
): Promise<undefined> {
  await ask(access, method, '/api/v3/configure/database', body, signal);
  return undefined;
}

async function ask(
  { headers, tls, url }: Influx3Access,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body: object | undefined,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const answer = await sendRequest({
    url: `${url}${path}`,
    tls,
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
  });
  if (answer.status >= 200 && answer.status < 300) return answer;
  const hint = [401, 403].includes(answer.status)
    ? '; it takes an admin token: INFLUX_ADMIN_TOKEN in the environment'
    : '';
  throw new CommandError(`InfluxDB refuses ${method} ${path.split('?')[0] ?? ''}: ${reasonOf(answer)}${hint}`);
}
