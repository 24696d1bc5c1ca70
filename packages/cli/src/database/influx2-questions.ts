import type { Influx2Settings } from '@influx-monitoring/core';
import {
  arrayAt,
  jsonOf,
  reasonOf,
  valueAt,
  type Access,
  type InfluxQuestions,
  type PointSearch,
  type Reading,
} from './database.ts';
import { sendRequest, type HttpAnswer } from './http.ts';

/** Asks an InfluxDB 2.x: buckets over its API, points in Flux. */
export class Influx2Questions implements InfluxQuestions {
  readonly credentials = 'token';
  readonly place: string;
  readonly placeName: string;
  readonly #settings: Influx2Settings;

  constructor(settings: Influx2Settings) {
    this.#settings = settings;
    this.placeName = settings.bucket;
    this.place = `bucket "${settings.bucket}"`;
  }

  async askAccess(signal: AbortSignal): Promise<Access> {
    const { bucket, organization, token, url } = this.#settings;
    const query = new URLSearchParams({ org: organization, name: bucket });
    const answer = await sendRequest({
      url: `${url}/api/v2/buckets?${query.toString()}`,
      headers: { authorization: `Token ${token}` },
      signal,
    });
    const { status } = answer;
    if (status === 401) return { kind: 'refused', reason: reasonOf(answer) };
    if (status === 404 && /organization/i.test(answer.body))
      return { kind: 'no-organization', reason: reasonOf(answer) };
    // A bucket that is asked for by name and is not there is a 404, too.
    if (status === 404 && /bucket/i.test(answer.body)) return { kind: 'granted', names: [] };
    if (status !== 200) return { kind: 'unclear', reason: reasonOf(answer) };
    const names = arrayAt(jsonOf(answer.body), 'buckets').map((entry) => String(valueAt(entry, 'name')));
    return { kind: 'granted', names };
  }

  async askForPoint({ series, id, stamp }: PointSearch, signal: AbortSignal): Promise<Reading> {
    const answer = await this.#query(
      `from(bucket: ${fluxText(this.#settings.bucket)}) ` +
        `|> range(start: time(v: ${String(stamp)}), stop: time(v: ${String(stamp + 1n)})) ` +
        `|> filter(fn: (r) => r._measurement == ${fluxText(series)} and r._field == "id")`,
      signal,
    );
    if (answer.status !== 200) return { kind: 'refused', reason: reasonOf(answer) };
    return { kind: answer.body.includes(id) ? 'found' : 'missing' };
  }

  #query(flux: string, signal: AbortSignal): Promise<HttpAnswer> {
    const { organization, token, url } = this.#settings;
    return sendRequest({
      url: `${url}/api/v2/query?${new URLSearchParams({ org: organization }).toString()}`,
      method: 'POST',
      headers: { authorization: `Token ${token}`, 'content-type': 'application/vnd.flux', accept: 'application/csv' },
      body: flux,
      signal,
    });
  }
}

/** A string of Flux; `${` would begin an expression in it. */
export function fluxText(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/\$\{/g, '\\${')}"`;
}
