import type { Influx2Settings } from '@influx-monitoring/core';
import type { Bucket, Organization } from '@influxdata/influxdb-client-apis';
import { endedBy, refusalOf, type Influx2Client } from './influx2-client.ts';

/** A bucket that was found. */
export interface FoundBucket {
  readonly id: string;
  readonly name: string;
  readonly retentionRules: Bucket['retentionRules'];
}

/** True for text that InfluxDB takes for an id: 16 hexadecimal digits. A write takes it for one first. */
export function isInflux2Id(text: string): boolean {
  return /^[0-9a-f]{16}$/i.test(text) && !/^0+$/.test(text);
}

/**
 * Finds an organization by its name or id, as a write does.
 *
 * @returns `undefined` where it is missing, or hidden from the token
 * @throws what the clients throw on another refusal
 */
export async function findOrganization(
  client: Influx2Client,
  organization: string,
  signal: AbortSignal,
): Promise<{ readonly id: string; readonly name: string } | undefined> {
  const isId = isInflux2Id(organization);
  const { orgs = [] } = await noneWhereMissing<{ orgs?: Organization[] }>(
    client.organizations.getOrgs(ownerOf(organization), endedBy(signal)),
    {},
  );
  const found = orgs.find(({ id, name }) => (isId ? id === organization.toLowerCase() : name === organization));
  return found?.id === undefined ? undefined : { id: found.id, name: found.name };
}

/**
 * Finds a bucket by its id or name, as a write does: an id first, a name where no bucket has that id.
 *
 * @param organization - by name or id
 * @returns `undefined` where it is missing, or hidden from the token
 * @throws what the clients throw on another refusal
 */
export async function findBucket(
  client: Influx2Client,
  { bucket, organization }: Pick<Influx2Settings, 'bucket' | 'organization'>,
  signal: AbortSignal,
): Promise<FoundBucket | undefined> {
  const owner = ownerOf(organization);
  const ask = async (request: { id: string } | { name: string }): Promise<Bucket[]> => {
    const answer = client.buckets.getBuckets({ ...owner, ...request }, endedBy(signal));
    return (await noneWhereMissing<{ buckets?: Bucket[] }>(answer, {}, 'organization')).buckets ?? [];
  };
  const id = bucket.toLowerCase();
  const byId = isInflux2Id(bucket) ? (await ask({ id })).find((entry) => entry.id === id) : undefined;
  const found = byId ?? (await ask({ name: bucket })).find(({ name }) => name === bucket);
  return found && { id: found.id ?? '', name: found.name, retentionRules: found.retentionRules };
}

/** The names of the buckets that a token sees; a page of them is enough to tell one that sees none. */
export async function seenBuckets(client: Influx2Client, organization: string, signal: AbortSignal): Promise<string[]> {
  const answer = client.buckets.getBuckets(ownerOf(organization), endedBy(signal));
  const { buckets = [] } = await noneWhereMissing<{ buckets?: Bucket[] }>(answer, {});
  return buckets.map(({ name }) => name);
}

/** What `from()` of Flux takes. */
export function fluxSource({ id, name }: { readonly id?: string; readonly name: string }): string {
  return id === undefined ? `bucket: ${fluxText(name)}` : `bucketID: ${fluxText(id)}`;
}

/** A string of Flux; `${` would begin an expression in it. */
export function fluxText(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/\$\{/g, '\\${')}"`;
}

function ownerOf(organization: string): { orgID: string } | { org: string } {
  return isInflux2Id(organization) ? { orgID: organization.toLowerCase() } : { org: organization };
}

/** 2.x says 404 of a name that is not there, and of one that the token may not see. */
async function noneWhereMissing<Answer>(answer: Promise<Answer>, none: Answer, butOf?: string): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    const { status, reason } = refusalOf(error);
    if (status === 404 && (butOf === undefined || !reason.includes(butOf))) return none;
    throw error;
  }
}
