import type { Authorization, AuthorizationPostRequest, Permission } from '@influxdata/influxdb-client-apis';
import { CommandError } from '../../command-error.ts';
import { endedBy } from '../../database/influx2-client.ts';
import { findBucket } from '../../database/influx2-place.ts';
import { downsampledBucket } from '../../downsampling/series.ts';
import { settled, type PlanItem } from '../plan.ts';
import { asked, type Influx2Access } from './access.ts';

type Action = Permission['action'];

/** What a token that setup makes is described as. */
export function tokenDescription(bucket: string, action: Action): string {
  return `influx-monitoring: ${action} ${bucket}`;
}

/** The tokens that setup made for a bucket. */
export async function findTokens(access: Influx2Access, signal: AbortSignal): Promise<Authorization[]> {
  const { client, organization, bucketName } = access;
  const request = { orgID: organization.id };
  const answer = await asked('authorizations (--make-token needs read and write on them)', () =>
    client.authorizations.getAuthorizations(request, endedBy(signal)),
  );
  const own = [tokenDescription(bucketName, 'write'), tokenDescription(bucketName, 'read')];
  return (answer.authorizations ?? []).filter(({ description = '' }) => own.includes(description));
}

/** Plans a token that may write into the bucket, and one that may read it and what is downsampled of it. */
export function planTokens(
  access: Influx2Access,
  tokens: readonly Authorization[],
  isDownsampled: boolean,
): PlanItem[] {
  return [planToken(access, tokens, 'write', false), planToken(access, tokens, 'read', isDownsampled)];
}

function planToken(
  access: Influx2Access,
  tokens: readonly Authorization[],
  action: Action,
  isDownsampled: boolean,
): PlanItem {
  const { bucket, bucketName } = access;
  const description = `token "${tokenDescription(bucketName, action)}"`;
  const earlier = tokens.filter((token) => token.description === tokenDescription(bucketName, action));
  const isFor = ({ permissions = [] }: Authorization): boolean =>
    permissions.some(({ resource }) => resource.id === bucket?.id);
  if (bucket !== undefined && earlier.some(isFor)) {
    return settled(description, 'a token is shown once only: delete it in InfluxDB to have another made');
  }
  return {
    action: 'make',
    description,
    caution:
      earlier.length === 0
        ? undefined
        : 'the one that is there is for a bucket that was deleted: tokens hold its id, and it may be deleted, too',
    apply: (signal) => makeToken(access, action, isDownsampled, signal),
  };
}

async function makeToken(
  access: Influx2Access,
  action: Action,
  isDownsampled: boolean,
  signal: AbortSignal,
): Promise<string> {
  const { client, organization, bucketName } = access;
  const names = isDownsampled ? [bucketName, downsampledBucket(bucketName)] : [bucketName];
  const permissions: Permission[] = [];
  for (const name of names) {
    const place = { bucket: name, organization: organization.id };
    const found = await asked('buckets', () => findBucket(client, place, signal));
    if (found === undefined) throw new CommandError(`bucket "${name}" is not seen by this token`);
    permissions.push({ action, resource: { type: 'buckets', id: found.id, orgID: organization.id } });
  }
  const description = tokenDescription(bucketName, action);
  const body: AuthorizationPostRequest = { orgID: organization.id, description, permissions };
  const made = await asked(
    `to make token "${description}" (a token gives only rights that it has itself, and needs write on authorizations and its user)`,
    () => client.authorizations.postAuthorizations({ body }, endedBy(signal)),
  );
  const use = action === 'write' ? 'INFLUX_TOKEN of the service' : 'the token of the data source in Grafana';
  return `${made.token ?? ''}  (${use}; it is not shown again)`;
}
