import type { Influx1Settings } from '@influx-monitoring/core';
import { CommandError } from '../command-error.ts';
import { Influx1Questions, quoted, rowsOf, statementError } from './influx1-questions.ts';

/** A retention policy. */
export interface Policy {
  readonly name: string;
  /** 0 for ever. */
  readonly seconds: number;
  readonly isDefault: boolean;
}

/** What an administrator asks and changes in InfluxDB 1.x. */
export class Influx1Database {
  readonly name: string;
  readonly #questions: Influx1Questions;

  constructor(settings: Influx1Settings) {
    this.name = settings.dbName;
    this.#questions = new Influx1Questions(settings);
  }

  /** Runs a statement. @throws CommandError where it is refused */
  async run(influxql: string, signal: AbortSignal): Promise<undefined> {
    await this.rows(influxql, signal);
    return undefined;
  }

  /** The rows of a statement. @throws CommandError where it is refused */
  async rows(influxql: string, signal: AbortSignal): Promise<(readonly unknown[])[]> {
    const answer = await this.#questions.query(influxql, signal);
    const error = statementError(answer);
    if (error === undefined) return rowsOf(answer);
    const hint = [401, 403].includes(answer.status)
      ? '; it takes an administrator: INFLUX_ADMIN_USERNAME and INFLUX_ADMIN_PASSWORD in the environment'
      : '';
    throw new CommandError(`InfluxDB refuses ${influxql.split(' ').slice(0, 3).join(' ')}: ${error}${hint}`);
  }

  /** True where the database is there. */
  async isThere(signal: AbortSignal): Promise<boolean> {
    return (await this.rows('SHOW DATABASES', signal)).some(([name]) => name === this.name);
  }

  /** Its retention policies. */
  async policies(signal: AbortSignal): Promise<Policy[]> {
    const rows = await this.rows(`SHOW RETENTION POLICIES ON ${quoted(this.name)}`, signal);
    // Columns: name, duration, shardGroupDuration, replicaN, default.
    return rows.map(([name, duration, , , isDefault]) => ({
      name: String(name),
      seconds: parseDuration(String(duration)),
      isDefault: isDefault === true,
    }));
  }

  /** Queries by name; those of other databases have other names, or would not be ours. */
  async continuousQueries(signal: AbortSignal): Promise<Map<string, string>> {
    const rows = await this.rows('SHOW CONTINUOUS QUERIES', signal);
    const own = rows.filter(([, query]) => unquoted(String(query)).includes(` ON ${unquoted(quoted(this.name))} `));
    return new Map(own.map(([name, query]) => [String(name), String(query)]));
  }
}

/** InfluxDB prints a query without the quotes that it can do without. */
export function unquoted(query: string): string {
  return query.replace(/"([a-z_]\w*)"/gi, '$1');
}

/** Reads what InfluxDB 1.x prints: `720h0m0s`, and `0s` for ever. */
function parseDuration(text: string): number {
  const count = (unit: string): number => Number(new RegExp(`(\\d+)${unit}`).exec(text)?.[1] ?? 0);
  return count('h') * 3600 + count('m') * 60 + count('s');
}
