import type { Influx2Settings } from '@influx-monitoring/core';
import {
  jsonOf,
  reasonOf,
  valueAt,
  type Access,
  type InfluxQuestions,
  type PointSearch,
  type Reading,
} from './database.ts';
import { sendRequest } from './http.ts';
import { rowsOf, statementError } from './influx1-questions.ts';

/** Asks an InfluxDB 3: databases over its own API, points in InfluxQL. */
export class Influx3Questions implements InfluxQuestions {
  readonly credentials = 'token';
  readonly place: string;
  readonly placeName: string;
  readonly #settings: Influx2Settings;

  constructor(settings: Influx2Settings) {
    this.#settings = settings;
    this.placeName = settings.bucket;
    this.place = `database "${settings.bucket}"`;
  }

  async askAccess(signal: AbortSignal): Promise<Access> {
    const { tls, url } = this.#settings;
    const path = '/api/v3/configure/database?format=json';
    const answer = await sendRequest({ url: `${url}${path}`, tls, headers: this.headers, signal });
    if (answer.status === 401) return { kind: 'refused', reason: reasonOf(answer) };
    const json = jsonOf(answer.body);
    if (answer.status !== 200 || !Array.isArray(json)) return { kind: 'unclear', reason: reasonOf(answer) };
    return { kind: 'granted', names: json.map((entry) => String(valueAt(entry, 'iox::database'))) };
  }

  async askForPoint({ series, id, stamp }: PointSearch, signal: AbortSignal): Promise<Reading> {
    const influxql = `SELECT "id" FROM "${series}" WHERE time = ${String(stamp)}`;
    const query = new URLSearchParams({ db: this.#settings.bucket, q: influxql, epoch: 'ns' });
    const url = `${this.#settings.url}/query?${query.toString()}`;
    const answer = await sendRequest({ url, tls: this.#settings.tls, headers: this.headers, signal });
    const error = statementError(answer);
    if (error !== undefined) return { kind: 'refused', reason: error };
    return { kind: rowsOf(answer).some((row) => row.includes(id)) ? 'found' : 'missing' };
  }

  get headers(): Record<string, string> {
    return { authorization: `Token ${this.#settings.token}` };
  }
}
