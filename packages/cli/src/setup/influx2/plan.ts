import type { Influx2Settings } from '@influx-monitoring/core';
import { findBucket } from '../../database/influx2-place.ts';
import { downsampledBucket } from '../../downsampling/series.ts';
import type { DatabaseWishes, PlanItem } from '../plan.ts';
import { accessInflux2, asked, refuseBucketName } from './access.ts';
import { findAlerts, planAlerts } from './alerts.ts';
import { planBucket } from './bucket.ts';
import { findTask, planTask } from './task.ts';
import { findTokens, planTokens } from './tokens.ts';

/**
 * Plans a bucket and its retention, a task, tokens and checks. All that is needed is read before anything is planned.
 *
 * @returns items in their order: what a token is most likely refused comes first, a bucket before the tokens for it
 * @throws CommandError where the server refuses to tell
 */
export async function planInflux2(
  settings: Influx2Settings,
  wishes: DatabaseWishes,
  signal: AbortSignal,
): Promise<PlanItem[]> {
  const access = await accessInflux2(settings, signal);
  const { bucket, bucketName, client, organization } = access;
  const items: PlanItem[] = [];
  const buckets = [planBucket(access, bucketName, bucket, wishes.retentionSeconds)];
  if (wishes.isDownsampled) {
    const target = downsampledBucket(bucketName);
    refuseBucketName(target);
    const place = { bucket: target, organization: organization.id };
    const found = await asked('buckets', () => findBucket(client, place, signal));
    // What an operator made of its retention stays.
    buckets.push(planBucket(access, target, found, undefined));
    items.push(planTask(access, await findTask(access, signal), wishes.isActivated));
  }
  const alerts = wishes.alerts === undefined ? undefined : await findAlerts(access, signal);
  const tokens = wishes.hasTokens ? await findTokens(access, signal) : undefined;
  if (alerts !== undefined) items.push(...planAlerts(access, alerts, wishes));
  items.push(...buckets);
  if (tokens !== undefined) items.push(...planTokens(access, tokens, wishes.isDownsampled));
  return items;
}
