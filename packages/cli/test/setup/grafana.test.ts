import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCaptured, type CapturedRun } from '../support/captured-terminal.ts';
import { startJsonServer, type JsonReply, type JsonRequest } from '../support/json-server.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const DASHBOARDS = join(import.meta.dirname, '../../../../grafana/dashboards');
const FILES = readdirSync(DASHBOARDS).filter((name) => name.endsWith('.json'));

interface SavedDashboard {
  readonly dashboard: Record<string, unknown>;
  readonly folderUid: unknown;
}

/** Grafana's HTTP API for folders and dashboards, as its documentation has it: no real one can be installed here. */
class FakeGrafana {
  readonly folders: unknown[] = [];
  readonly dashboards = new Map<string, SavedDashboard>();
  saveCount = 0;
  url = '';

  static async start(): Promise<FakeGrafana> {
    const fake = new FakeGrafana();
    fake.url = await startJsonServer((request) => fake.#answer(request));
    return fake;
  }

  #answer({ authorization, method, path, body }: JsonRequest): JsonReply {
    if (authorization !== 'Bearer grafana-token') return { status: 401, body: { message: 'Invalid API key' } };
    if (path === '/grafana/api/folders/influx-monitoring' && method === 'GET') {
      const [folder] = this.folders;
      return folder === undefined ? { status: 404, body: { message: 'not found' } } : { status: 200, body: folder };
    }
    if (path === '/grafana/api/folders' && method === 'POST') {
      this.folders.push(body);
      return { status: 200, body };
    }
    if (path === '/grafana/api/dashboards/db' && method === 'POST') return this.#save(body);
    const uid = /^\/grafana\/api\/dashboards\/uid\/(.+)$/.exec(path)?.[1] ?? '';
    const saved = this.dashboards.get(uid);
    if (saved === undefined) return { status: 404, body: { message: 'Dashboard not found' } };
    return { status: 200, body: { dashboard: saved.dashboard, meta: { folderUid: saved.folderUid } } };
  }

  #save(body: JsonRequest['body']): JsonReply {
    this.saveCount += 1;
    // The body of a save has the dashboard under this key.
    const dashboard = body['dashboard'] as Record<string, unknown>;
    // Grafana gives it a number and counts its versions.
    const saved = { ...dashboard, id: this.saveCount, version: this.saveCount };
    this.dashboards.set(String(dashboard['uid']), { dashboard: saved, folderUid: body['folderUid'] });
    return { status: 200, body: { status: 'success' } };
  }
}

async function setup(commandArguments: readonly string[], token = 'grafana-token'): Promise<CapturedRun> {
  // An InfluxDB 3 that has the database: nothing to do there.
  const influx = await startJsonServer(() => ({ status: 200, body: [{ 'iox::database': 'points' }] }));
  const environment = {
    INFLUX_URL: influx,
    INFLUX_VERSION: '3',
    INFLUX_TOKEN: 'token',
    INFLUX_BUCKET: 'points',
    ...(token !== '' && { GRAFANA_TOKEN: token }),
  };
  return runCaptured(['setup', ...commandArguments], { environment, folder: makeFolder() });
}

describe('setup of Grafana', () => {
  it('puts all dashboards into a folder; run again it changes nothing, and says so', async () => {
    const grafana = await FakeGrafana.start();
    const first = await setup(['--grafana', `${grafana.url}/grafana/`, '--yes']);
    expect(first).toMatchObject({ exitCode: 0, errorOutput: '' });
    expect(first.output).toContain('done    folder "influx-monitoring" in Grafana\n');
    expect(first.output).toContain('done    dashboard "influx-monitoring: requests"\n');
    expect(grafana.folders).toEqual([{ uid: 'influx-monitoring', title: 'influx-monitoring' }]);
    expect(grafana.dashboards.size).toBe(FILES.length);
    expect(FILES.length).toBeGreaterThan(0);
    const second = await setup(['--grafana', `${grafana.url}/grafana`]);
    expect(second).toMatchObject({ exitCode: 0, errorOutput: '' });
    expect(second.output).toMatch(/nothing to do: all of it is there\n$/);
    expect(grafana.saveCount).toBe(FILES.length);
  });

  it('replaces what was changed in Grafana, and says so before', async () => {
    const grafana = await FakeGrafana.start();
    const address = ['--grafana', `${grafana.url}/grafana`, '--yes'];
    await setup(address);
    const saved = grafana.dashboards.get('influx-monitoring-requests');
    if (saved !== undefined) saved.dashboard['title'] = 'mine';
    const run = await setup(address);
    expect(run.output).toContain(
      'change  dashboard "influx-monitoring: requests"\n' +
        '        ! what was changed in Grafana is replaced; its versions keep it\n',
    );
    expect(grafana.saveCount).toBe(FILES.length + 1);
  });

  it('says what Grafana says to a wrong token, and does not show it', async () => {
    const grafana = await FakeGrafana.start();
    const run = await setup(['--grafana', `${grafana.url}/grafana`, '--grafana-token', 'very-secret', '--yes']);
    expect(run).toMatchObject({
      exitCode: 1,
      output: '',
      errorOutput: 'Grafana refuses GET /api/folders/influx-monitoring: HTTP 401: Invalid API key\n',
    });
  });

  it('says what Grafana says to a save that it refuses', async () => {
    const url = await startJsonServer(({ method }) =>
      method === 'GET' ? { status: 404, body: {} } : { status: 403, body: { message: 'Access denied' } },
    );
    const run = await setup(['--grafana', url, '--yes']);
    expect(run.exitCode).toBe(1);
    expect(run.errorOutput).toBe('Grafana refuses POST /api/folders: HTTP 403: Access denied\n');
  });

  it('asks for a token', async () => {
    const run = await setup(['--grafana', 'http://127.0.0.1:1'], '');
    expect(run.exitCode).toBe(1);
    expect(run.errorOutput).toBe('--grafana needs a token: --grafana-token, or GRAFANA_TOKEN in the environment\n');
  });
});
