import type { Influx2Settings } from '@influx-monitoring/core';
import type { Access, InfluxQuestions, PointSearch, Reading } from './database.ts';
import { connectInflux2, endedBy, refusalOf, type Influx2Client } from './influx2-client.ts';
import { findBucket, fluxSource, fluxText, isInflux2Id, seenBuckets } from './influx2-place.ts';

/** An id that no organization has: InfluxDB answers a question for it by what the token may. */
const NO_ORGANIZATION = '0000000000000001';

/** Asks an InfluxDB 2.x through its official clients: buckets over its API, points in Flux. */
export class Influx2Questions implements InfluxQuestions {
  readonly credentials = 'token';
  readonly place: string;
  readonly placeName: string;
  readonly #settings: Influx2Settings;
  #client: Promise<Influx2Client> | undefined;
  #source: string;

  constructor(settings: Influx2Settings) {
    this.#settings = settings;
    this.placeName = settings.bucket;
    this.place = `bucket "${settings.bucket}"`;
    const { bucket } = settings;
    this.#source = fluxSource(isInflux2Id(bucket) ? { id: bucket, name: bucket } : { name: bucket });
  }

  get headers(): Record<string, string> {
    return { authorization: `Token ${this.#settings.token}` };
  }

  async askAccess(signal: AbortSignal): Promise<Access> {
    const client = await this.#connect();
    try {
      const found = await findBucket(client, this.#settings, signal);
      if (found === undefined) return await this.#withoutBucket(client, signal);
      if (found.name === this.#settings.bucket) this.#source = fluxSource({ name: found.name });
      return { kind: 'granted', names: [this.placeName] };
    } catch (error) {
      const { status, reason } = refusalOf(error);
      if (/inactive/i.test(reason)) return { kind: 'inactive' };
      if (status === 401) return { kind: 'refused', reason };
      if (status === 404 && /organization/i.test(reason)) return { kind: 'no-organization', reason };
      if (status === 0) throw error;
      return { kind: 'unclear', reason };
    }
  }

  /** An inactive token sees no bucket, as one that may only write; a question for one organization tells them apart. */
  async #withoutBucket(client: Influx2Client, signal: AbortSignal): Promise<Access> {
    const { organization } = this.#settings;
    try {
      const orgID = isInflux2Id(organization) ? organization : NO_ORGANIZATION;
      await client.organizations.getOrgsID({ orgID }, endedBy(signal));
    } catch (error) {
      if (/inactive/i.test(refusalOf(error).reason)) return { kind: 'inactive' };
    }
    return { kind: 'granted', names: await seenBuckets(client, organization, signal) };
  }

  async askForPoint({ series, id, stamp }: PointSearch, signal: AbortSignal): Promise<Reading> {
    const flux =
      `from(${this.#source}) ` +
      `|> range(start: time(v: ${String(stamp)}), stop: time(v: ${String(stamp + 1n)})) ` +
      `|> filter(fn: (r) => r._measurement == ${fluxText(series)} and r._field == "id")`;
    const client = await this.#connect();
    try {
      const rows = await client.query(this.#settings.organization, flux, signal);
      return { kind: rows.some((row) => row.get('_value')?.includes(id) === true) ? 'found' : 'missing' };
    } catch (error) {
      const { status, reason } = refusalOf(error);
      if (status === 0) throw error;
      return { kind: 'refused', reason };
    }
  }

  #connect(): Promise<Influx2Client> {
    this.#client ??= connectInflux2(this.#settings);
    return this.#client;
  }
}
