import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { CommandError } from '../command-error.ts';
import { jsonOf, reasonOf, valueAt } from '../database/database.ts';
import { sendRequest } from '../database/http.ts';
import { settled, type PlanItem } from './plan.ts';

/** Where Grafana is. */
export interface GrafanaAccess {
  /** `https://grafana.example`, with the path that it may stand under. */
  readonly url: string;
  /** Of a service account that may edit dashboards. */
  readonly token: string;
}

const FOLDER = { uid: 'influx-monitoring', title: 'influx-monitoring' } as const;

/** In the package, beside what was built; in a clone, where they are made. */
const DASHBOARD_FOLDERS = [
  join(import.meta.dirname, 'dashboards'),
  join(import.meta.dirname, '../../../../grafana/dashboards'),
];

/** Plans the folder and the dashboards. @throws CommandError where Grafana refuses to tell */
export async function planGrafana(access: GrafanaAccess, signal: AbortSignal): Promise<PlanItem[]> {
  const api = new GrafanaApi(access);
  const folder = await api.find(`/api/folders/${FOLDER.uid}`, signal);
  const description = `folder "${FOLDER.title}" in Grafana`;
  const folderItem: PlanItem =
    folder === undefined
      ? { action: 'make', description, apply: (applied) => api.post('/api/folders', FOLDER, applied) }
      : settled(description);
  const items = [folderItem];
  for (const dashboard of readDashboards()) items.push(await planDashboard(api, dashboard, signal));
  return items;
}

async function planDashboard(api: GrafanaApi, dashboard: object, signal: AbortSignal): Promise<PlanItem> {
  const uid = String(valueAt(dashboard, 'uid'));
  const description = `dashboard "${String(valueAt(dashboard, 'title'))}"`;
  const found = await api.find(`/api/dashboards/uid/${encodeURIComponent(uid)}`, signal);
  const current = valueAt(found, 'dashboard');
  const isOurs = valueAt(valueAt(found, 'meta'), 'folderUid') === FOLDER.uid;
  if (isOurs && isDeepStrictEqual(contentOf(current), contentOf(dashboard))) return settled(description);
  const body = { dashboard, folderUid: FOLDER.uid, overwrite: true, message: 'influx-monitoring setup' };
  return {
    action: current === undefined ? 'make' : 'change',
    description,
    caution: current === undefined ? undefined : 'what was changed in Grafana is replaced; its versions keep it',
    apply: (applied) => api.post('/api/dashboards/db', body, applied),
  };
}

/** What Grafana keeps as it was given: the id and the version are its own. */
function contentOf(dashboard: unknown): unknown {
  if (typeof dashboard !== 'object' || dashboard === null) return undefined;
  return { ...dashboard, id: null, version: 0 };
}

function readDashboards(): object[] {
  const folder = DASHBOARD_FOLDERS.find((candidate) => existsSync(candidate));
  if (folder === undefined) throw new CommandError('the dashboards are missing: is the package whole?');
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => {
    // A dashboard of ours is an object; test/grafana looks into each.
    return JSON.parse(readFileSync(join(folder, name), 'utf8')) as object;
  });
}

class GrafanaApi {
  readonly #url: string;
  readonly #token: string;

  constructor({ url, token }: GrafanaAccess) {
    this.#url = url.replace(/\/+$/, '');
    this.#token = token;
  }

  /** @returns `undefined` where there is none */
  async find(path: string, signal: AbortSignal): Promise<unknown> {
    const answer = await sendRequest({ url: `${this.#url}${path}`, headers: this.#headers, signal });
    if (answer.status === 404) return undefined;
    if (answer.status === 200) return jsonOf(answer.body);
    throw new CommandError(`Grafana refuses GET ${path}: ${reasonOf(answer)}`);
  }

  async post(path: string, body: object, signal: AbortSignal): Promise<undefined> {
    const url = `${this.#url}${path}`;
    const headers = { ...this.#headers, 'content-type': 'application/json' };
    const answer = await sendRequest({ url, method: 'POST', headers, body: JSON.stringify(body), signal });
    if (answer.status !== 200) throw new CommandError(`Grafana refuses POST ${path}: ${reasonOf(answer)}`);
    return undefined;
  }

  get #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#token}`, accept: 'application/json' };
  }
}
