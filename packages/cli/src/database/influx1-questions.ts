import type { Influx1Settings } from '@influx-monitoring/core';
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

/**
 * Asks an InfluxDB 1.x, by a bounded request of our own: no client of InfluxQL is needed for a few statements, and that of
 * npm reads an answer of any length and cannot be interrupted (docs/decisions/0007-command.md).
 */
export class Influx1Questions implements InfluxQuestions {
  readonly credentials = 'user name and password';
  readonly place: string;
  readonly placeName: string;
  readonly #settings: Influx1Settings;

  constructor(settings: Influx1Settings) {
    this.#settings = settings;
    this.placeName = settings.dbName;
    this.place = `database "${settings.dbName}"`;
  }

  get headers(): Record<string, string> {
    const { username, password = '' } = this.#settings;
    if (username === undefined) return {};
    return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  }

  async askAccess(signal: AbortSignal): Promise<Access> {
    // A user who is no administrator may ask, too, and is told of the databases that are open to him.
    const answer = await this.query('SHOW DATABASES', signal);
    if (answer.status === 401 || answer.status === 403) return { kind: 'refused', reason: reasonOf(answer) };
    const error = statementError(answer);
    if (error !== undefined) return { kind: 'unclear', reason: error };
    return { kind: 'granted', names: rowsOf(answer).map(([name]) => String(name)) };
  }

  async askForPoint({ series, id, stamp }: PointSearch, signal: AbortSignal): Promise<Reading> {
    const answer = await this.query(`SELECT "id" FROM "${series}" WHERE time = ${String(stamp)}`, signal);
    const error = statementError(answer);
    if (error !== undefined) return { kind: 'refused', reason: error };
    return { kind: rowsOf(answer).some((row) => row.includes(id)) ? 'found' : 'missing' };
  }

  /** Runs InfluxQL in the database. @throws where no answer comes */
  query(influxql: string, signal: AbortSignal): Promise<HttpAnswer> {
    const { dbName, tls, url } = this.#settings;
    return sendRequest({
      url: `${url}/query`,
      tls,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...this.headers },
      body: new URLSearchParams({ db: dbName, q: influxql, epoch: 'ns' }).toString(),
      signal,
    });
  }
}

/** Why a statement was refused; `undefined` where it was not. A status of 200 may carry an error. */
export function statementError(answer: HttpAnswer): string | undefined {
  if (answer.status !== 200) return reasonOf(answer);
  const json = jsonOf(answer.body);
  if (!Array.isArray(valueAt(json, 'results'))) return 'an answer that is none of InfluxQL';
  return arrayAt(json, 'results')
    .map((result) => valueAt(result, 'error'))
    .find((text): text is string => typeof text === 'string');
}

/** The rows of an answer of InfluxQL. */
export function rowsOf({ body }: HttpAnswer): (readonly unknown[])[] {
  return arrayAt(jsonOf(body), 'results')
    .flatMap((result) => arrayAt(result, 'series'))
    .flatMap((series) => arrayAt(series, 'values'))
    .filter((row): row is readonly unknown[] => Array.isArray(row));
}

/** A name in InfluxQL. */
export function quoted(name: string): string {
  return `"${name.replace(/[\\"]/g, '\\$&')}"`;
}
