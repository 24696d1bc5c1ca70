import type { Influx1Options, Influx2Options, Influx3Options } from '@influx-monitoring/core';
import type { Influx1Server } from '@influx-monitoring/test-servers';

export type DatabaseVersion = 1 | 2 | 3;

/** An InfluxDB of whatever version. What 1.x and 3 call a database is a bucket in 2.x. */
export interface RealInflux extends Omit<Influx1Server, 'createDatabase'> {
  readonly version: DatabaseVersion;
  /** Makes a database, whose points are kept for ever or for so many hours. */
  createDatabase(name: string, retentionHours?: number): Promise<void>;
  /** How a monitoring reaches a database. */
  options(database: string): Influx1Options | Influx2Options | Influx3Options;
  /** The same as variables, with an administrator's for the command. */
  environment(database: string): Readonly<Record<string, string>>;
  /** What it calls itself, as in `1.6.7`. */
  release(): Promise<string>;
  /** Asks its API; those of 2.x and 3 take JSON. @throws where the answer is no success */
  ask(method: string, path: string, body?: object): Promise<unknown>;
}

/** Options of the functions that start one. */
export interface RealInfluxOptions {
  /** Where its data is. @defaultValue a folder of its own */
  readonly dataFolder?: string | undefined;
  readonly program: string;
}

/** How many points a series has: the largest count of a field, since each series of ours has one in each point. */
export function largestCount(row: Readonly<Record<string, unknown>> = {}): number {
  return Math.max(0, ...Object.entries(row).map(([name, value]) => (/count/.test(name) ? Number(value) : 0)));
}

/** Asks over JSON; an answer that is none is given as text. @throws where the answer is no success */
export async function askJson(
  url: string,
  headers: Readonly<Record<string, string>>,
  method: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${String(response.status)} ${text}`);
  // What is no JSON is text: Flux is answered with tables.
  return /json/.test(response.headers.get('content-type') ?? '') && text !== '' ? JSON.parse(text) : text;
}

/** Writes line protocol, and gives what was answered. */
export async function writeLines(
  url: string,
  headers: Readonly<Record<string, string>>,
  lines: string,
): Promise<{ readonly status: number; readonly body: string }> {
  const response = await fetch(url, { method: 'POST', headers, body: lines });
  return { status: response.status, body: await response.text() };
}
