import type { Influx2Settings } from '@influx-monitoring/core';
import { checksOf } from '../../alerts/checks.ts';
import { endedBy } from '../../database/influx2-client.ts';
import { findBucket, fluxText, type FoundBucket } from '../../database/influx2-place.ts';
import { downsampledBucket } from '../../downsampling/series.ts';
import { foreignSeries, keptFor } from '../own-series.ts';
import { settled, type PlanItem } from '../plan.ts';
import { accessInflux2, asked, type Influx2Access } from './access.ts';
import { alertsName, findAlerts } from './alerts.ts';
import { findTask, taskName } from './task.ts';
import { findTokens } from './tokens.ts';

/** Plans to take away what setup made, and the buckets; one that holds series of others stays. */
export async function planInflux2Removal(settings: Influx2Settings, signal: AbortSignal): Promise<PlanItem[]> {
  const access = await accessInflux2(settings, signal);
  const { bucket, bucketName, organization } = access;
  const items = [
    ...(await planAlertRemoval(access, signal)),
    ...(await planTaskRemoval(access, signal)),
    ...(await planTokenRemoval(access, signal)),
  ];
  const place = { bucket: downsampledBucket(bucketName), organization: organization.id };
  const target = await asked('buckets', () => findBucket(access.client, place, signal));
  for (const found of [target, bucket]) {
    if (found !== undefined) items.push(await planBucketRemoval(access, found, signal));
  }
  return items.length === 0 ? [settled(`no bucket "${bucketName}"`)] : items;
}

async function planAlertRemoval(access: Influx2Access, signal: AbortSignal): Promise<PlanItem[]> {
  const { bucketName, client } = access;
  const { checks, endpoint, rule } = await findAlerts(access, signal);
  const name = alertsName(bucketName);
  const items: PlanItem[] = [];
  const { id: ruleID } = rule ?? {};
  if (ruleID !== undefined) {
    items.push(
      removal(`notification rule "${name}"`, (until) =>
        client.rules.deleteNotificationRulesID({ ruleID }, endedBy(until)),
      ),
    );
  }
  const { id: endpointID } = endpoint ?? {};
  if (endpointID !== undefined) {
    const remove = (until: AbortSignal): Promise<void> =>
      client.endpoints.deleteNotificationEndpointsID({ endpointID }, endedBy(until));
    items.push(removal(`notification endpoint "${name}"`, remove));
  }
  for (const check of checksOf(bucketName)) {
    const { id: checkID } = checks.get(check.name) ?? {};
    if (checkID === undefined) continue;
    items.push(removal(`check "${check.name}"`, (until) => client.checks.deleteChecksID({ checkID }, endedBy(until))));
  }
  return items;
}

async function planTaskRemoval(access: Influx2Access, signal: AbortSignal): Promise<PlanItem[]> {
  const task = await findTask(access, signal);
  if (task === undefined) return [];
  const { id: taskID } = task;
  const { tasks } = access.client;
  return [removal(`task "${taskName(access.bucketName)}"`, (until) => tasks.deleteTasksID({ taskID }, endedBy(until)))];
}

async function planTokenRemoval(access: Influx2Access, signal: AbortSignal): Promise<PlanItem[]> {
  const { authorizations } = access.client;
  return (await findTokens(access, signal)).flatMap(({ id: authID, description = '' }) => {
    if (authID === undefined) return [];
    const remove = (until: AbortSignal): Promise<void> =>
      authorizations.deleteAuthorizationsID({ authID }, endedBy(until));
    return [removal(`token "${description}"`, remove, 'whoever has it can write or read no more')];
  });
}

async function planBucketRemoval(access: Influx2Access, found: FoundBucket, signal: AbortSignal): Promise<PlanItem> {
  const { client, organization } = access;
  const what = `bucket "${found.name}"`;
  const flux = `import "influxdata/influxdb/schema"\n\nschema.measurements(bucket: ${fluxText(found.name)}, start: 0)`;
  const rows = await asked('to read the bucket', () => client.query(organization.name, flux, signal));
  const foreign = foreignSeries(rows.flatMap((row) => row.get('_value') ?? []));
  if (foreign.length > 0) return settled(what, keptFor(foreign));
  const remove = (until: AbortSignal): Promise<void> =>
    client.buckets.deleteBucketsID({ bucketID: found.id }, endedBy(until));
  return removal(what, remove, 'all points in it are deleted');
}

function removal(what: string, remove: (signal: AbortSignal) => Promise<void>, caution?: string): PlanItem {
  return {
    action: 'remove',
    description: what,
    caution,
    apply: async (signal) => {
      await asked(`to remove ${what}`, () => remove(signal));
      return undefined;
    },
  };
}
