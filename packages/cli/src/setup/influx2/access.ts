import type { Influx2Settings } from '@influx-monitoring/core';
import { CommandError } from '../../command-error.ts';
import { connectInflux2, refusalOf, type Influx2Client } from '../../database/influx2-client.ts';
import { findBucket, findOrganization, isInflux2Id, type FoundBucket } from '../../database/influx2-place.ts';

/** What every part of a plan for 2.x works with. */
export interface Influx2Access {
  readonly client: Influx2Client;
  readonly organization: { readonly id: string; readonly name: string };
  /** The bucket of the service; `undefined` where there is none yet. */
  readonly bucket: FoundBucket | undefined;
  /** What it is called, or will be. */
  readonly bucketName: string;
  readonly url: string;
}

const RIGHTS = 'read on the organization, read and write on buckets and tasks';

/** Finds organization and bucket, by names or ids. @throws CommandError where the token may not, or the names are wrong */
export async function accessInflux2(settings: Influx2Settings, signal: AbortSignal): Promise<Influx2Access> {
  refuseBucketName(settings.bucket);
  const client = await connectInflux2(settings);
  const { organization: wanted, url } = settings;
  const organization = await asked('organizations', () => findOrganization(client, wanted, signal));
  if (organization === undefined) {
    throw new CommandError(
      `organization "${wanted}" is not seen by this token: check the name, or use a token that may read it ` +
        `(INFLUX_ADMIN_TOKEN in the environment; setup needs ${RIGHTS})`,
    );
  }
  const place = { bucket: settings.bucket, organization: organization.id };
  const bucket = await asked('buckets', () => findBucket(client, place, signal));
  if (bucket === undefined && isInflux2Id(settings.bucket)) {
    throw new CommandError(
      `bucket "${settings.bucket}" is not seen by this token, and no bucket of that name is made: ` +
        'InfluxDB would take the name for an id',
    );
  }
  return { client, organization, bucket, bucketName: bucket?.name ?? settings.bucket, url };
}

/** Asks or changes something. @throws CommandError with what was refused, and what it takes */
export async function asked<Answer>(what: string, question: () => Promise<Answer>): Promise<Answer> {
  try {
    return await question();
  } catch (error) {
    const { status, reason } = refusalOf(error);
    if (status === 0) throw error;
    const hint = [401, 403, 404, 500].includes(status)
      ? `; it takes a token with ${RIGHTS}: INFLUX_ADMIN_TOKEN in the environment`
      : '';
    throw new CommandError(`InfluxDB refuses ${what}: ${reason}${hint}`);
  }
}

/** What InfluxDB 2.x would refuse is said before anything is asked. @throws CommandError */
export function refuseBucketName(name: string): void {
  if (name.startsWith('_')) throw new CommandError(`bucket "${name}": names that begin with "_" are InfluxDB's own`);
  if (name.includes('"')) throw new CommandError(`bucket '${name}': InfluxDB takes no quotation marks in a name`);
}
