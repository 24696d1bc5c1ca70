import type { MonitoringOptions } from '@influx-monitoring/core';
import { withLoad, type CaseLoad, type RealCase } from '../../case.ts';
import { idOf, ORGANIZATION } from '../../servers/real-influx2.ts';
import type { RealInflux } from '../../servers/real-influx.ts';

/** Before anything happens to the server. */
const FIRST_POINTS = 1000;
const POINTS_PER_SECOND = 2000;
const FAILURES = 3;

/** A token, and by what an operator names it. */
export interface Token {
  readonly id: string;
  readonly token: string;
}

export const tokens: RealCase = {
  name: 'tokens',
  title: 'loses nothing while its token is inactive, or deleted until it gets another',
  versions: [2, 3],
  run: async ({ influx, database }) => {
    const first = await makeToken(influx, database, 'first');
    return withLoad(optionsWith(influx, database, first.token), async (load) => {
      const seen: string[] = [];
      load.add(FIRST_POINTS);
      load.start(POINTS_PER_SECOND);
      await load.monitoring.flush();
      if (influx.version === 2) {
        await setStatus(influx, first, 'inactive');
        seen.push(`inactive: ${await refused(load)}`);
        await setStatus(influx, first, 'active');
        await load.drain();
        load.start(POINTS_PER_SECOND);
      }
      await deleteToken(influx, first);
      seen.push(`deleted: ${await refused(load)}`);
      const second = await makeToken(influx, database, 'second');
      load.monitoring.reInitializeMonitoring({
        ...optionsWith(influx, database, second.token),
        flushingPeriod: 0.02,
      });
      const saw = await load.verify({ influx, database });
      return `${saw}; ${seen.join('; ')}; ${load.said()}`;
    });
  },
};

function optionsWith(influx: RealInflux, database: string, token: string): MonitoringOptions {
  const { url } = influx;
  return influx.version === 3
    ? { url, version: 3, credentials: { database, token } }
    : { url, version: 2, credentials: { organization: ORGANIZATION, bucket: database, token } };
}

/** What the refusal was. @throws where it is another */
async function refused(load: CaseLoad): Promise<string> {
  await load.failures(FAILURES);
  const reason = String(load.monitoring.stats().lastError);
  if (!/40[13]/.test(reason)) throw new Error(`expected a 401 or 403, got ${reason}`);
  return reason;
}

/** Makes one for a bucket of 2.x, or for all of an InfluxDB 3. */
export async function makeToken(
  influx: RealInflux,
  database: string,
  name: string,
  action: 'read' | 'write' = 'write',
): Promise<Token> {
  if (influx.version === 3) {
    // The formats of POST /api/v3/configure/token/named_admin and of POST /api/v2/authorizations.
    const path = '/api/v3/configure/token/named_admin';
    return { ...((await influx.ask('POST', path, { token_name: name })) as Token), id: name };
  }
  const orgID = await idOf((method, path) => influx.ask(method, path), 'orgs', `org=${ORGANIZATION}`);
  const id = await idOf((method, path) => influx.ask(method, path), 'buckets', `name=${database}`);
  const permissions = [{ action, resource: { type: 'buckets', id, orgID } }];
  return (await influx.ask('POST', '/api/v2/authorizations', { orgID, permissions, description: name })) as Token;
}

export async function setStatus(influx: RealInflux, { id }: Token, status: 'active' | 'inactive'): Promise<void> {
  await influx.ask('PATCH', `/api/v2/authorizations/${id}`, { status });
}

async function deleteToken(influx: RealInflux, { id }: Token): Promise<void> {
  const path = influx.version === 3 ? `/api/v3/configure/token?token_name=${id}` : `/api/v2/authorizations/${id}`;
  await influx.ask('DELETE', path);
}
