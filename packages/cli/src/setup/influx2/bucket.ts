import type { Influx2Access } from './access.ts';
import { asked } from './access.ts';
import { endedBy } from '../../database/influx2-client.ts';
import type { FoundBucket } from '../../database/influx2-place.ts';
import { settled, type PlanItem } from '../plan.ts';
import { cautionOf, retentionText, shardSeconds } from '../retention.ts';

/** Plans a bucket and its retention, which stays as it is where `wishedSeconds` is `undefined`. */
export function planBucket(
  { client, organization }: Influx2Access,
  name: string,
  bucket: FoundBucket | undefined,
  wishedSeconds: number | undefined,
): PlanItem {
  const place = `bucket "${name}"`;
  if (bucket === undefined) {
    const seconds = wishedSeconds ?? 0;
    const retentionRules = seconds === 0 ? [] : [{ type: 'expire' as const, everySeconds: seconds }];
    const body = { orgID: organization.id, name, retentionRules };
    return {
      action: 'make',
      description: `${place}, points ${retentionText(seconds)}`,
      apply: async (signal) => {
        await asked(`to make ${place}`, () => client.buckets.postBuckets({ body }, endedBy(signal)));
        return undefined;
      },
    };
  }
  const seconds = bucket.retentionRules[0]?.everySeconds ?? 0;
  if (wishedSeconds === undefined || wishedSeconds === seconds) {
    return settled(`${place}, points ${retentionText(seconds)}`);
  }
  // A rule of 0 seconds is how the API is told to keep points for ever. A retention below the duration of a shard
  // group is refused, and the duration stays unless it is given.
  const rule = { everySeconds: wishedSeconds, shardGroupDurationSeconds: shardSeconds(wishedSeconds) };
  const body = { retentionRules: [{ type: 'expire' as const, ...rule }] };
  return {
    action: 'change',
    description: `${place}, points ${retentionText(wishedSeconds)} (now ${retentionText(seconds)})`,
    caution: cautionOf(seconds, wishedSeconds),
    apply: async (signal) => {
      const request = { bucketID: bucket.id, body };
      await asked(`to change ${place}`, () => client.buckets.patchBucketsID(request, endedBy(signal)));
      return undefined;
    },
  };
}
