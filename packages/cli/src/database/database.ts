import type { HttpAnswer } from './http.ts';

/** Whether the credentials are taken, and what can be seen with them. */
export type Access =
  | {
      readonly kind: 'granted';
      /** Databases or buckets; `undefined` where the server does not list them. */
      readonly names: readonly string[] | undefined;
    }
  | { readonly kind: 'refused'; readonly reason: string }
  /** The token is known and switched off. */
  | { readonly kind: 'inactive' }
  /** The credentials are taken, and there is no such organization. */
  | { readonly kind: 'no-organization'; readonly reason: string }
  /** The server answers in a way that says nothing about the credentials. */
  | { readonly kind: 'unclear'; readonly reason: string };

/** What a search for one point came to. */
export type Reading =
  | { readonly kind: 'found' }
  | { readonly kind: 'missing' }
  /** These credentials may not read, or this server is not read that way. */
  | { readonly kind: 'refused'; readonly reason: string };

/** What was asked for: the text field `id` of a point. */
export interface PointSearch {
  readonly series: string;
  readonly id: string;
  /** Nanoseconds since the epoch. */
  readonly stamp: bigint;
}

/** The questions of doctor to an InfluxDB, in the words of its version. */
export interface InfluxQuestions {
  /** `database "luna"`, `bucket "luna"`. */
  readonly place: string;
  /** Name of the database or bucket. */
  readonly placeName: string;
  /** What the version calls its credentials. */
  readonly credentials: string;
  /** What sends them. */
  readonly headers: Readonly<Record<string, string>>;
  askAccess(signal: AbortSignal): Promise<Access>;
  askForPoint(search: PointSearch, signal: AbortSignal): Promise<Reading>;
}

const MAX_REASON_LENGTH = 200;

/** An answer in words: `HTTP 401: authorization failed`. */
export function reasonOf({ status, body }: Pick<HttpAnswer, 'status' | 'body'>): string {
  const sentence = sentenceIn(body)
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return `HTTP ${String(status)}${sentence === '' ? '' : `: ${sentence}`}`.slice(0, MAX_REASON_LENGTH);
}

/** JSON of an answer; `undefined` where it is none. */
export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** What stands under a key of something that came as JSON. */
export function valueAt(json: unknown, key: string): unknown {
  if (typeof json !== 'object' || json === null) return undefined;
  return Object.hasOwn(json, key) ? Reflect.get(json, key) : undefined;
}

/** What stands under a key, as an array; empty where it is none. */
export function arrayAt(json: unknown, key: string): readonly unknown[] {
  const value = valueAt(json, key);
  return Array.isArray(value) ? value : [];
}

function sentenceIn(body: string): string {
  const json = jsonOf(body);
  const sentence = valueAt(json, 'error') ?? valueAt(json, 'message');
  return typeof sentence === 'string' ? sentence : body;
}
