import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** A request that came to `/write` or `/api/v2/write`. */
export interface StrictRequest {
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly path: string;
  /** With the question mark; empty where there is none. */
  readonly query: string;
  /** Without `authorization`. */
  readonly headers: IncomingHttpHeaders;
  /** The status that was answered; 0 where none was. */
  readonly status: number;
  /** Lines of a batch that was read; 0 where it was refused before. */
  readonly lineCount: number;
  /** As they came over the wire. */
  readonly byteCount: number;
  readonly inflatedByteCount: number;
  readonly isGzip: boolean;
}

const MAX_REQUESTS_KEPT = 10_000;

/** Keeps what came, without the token; of very many the last. */
export function keepRequest(
  requests: StrictRequest[],
  { headers }: IncomingMessage,
  { pathname, search }: URL,
  about: Pick<StrictRequest, 'status'> & Partial<StrictRequest>,
): void {
  const open = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'));
  const isGzip = headers['content-encoding'] === 'gzip';
  const counts = { lineCount: 0, byteCount: 0, inflatedByteCount: 0 };
  requests.push({ timeMs: Date.now(), path: pathname, query: search, headers: open, isGzip, ...counts, ...about });
  if (requests.length > MAX_REQUESTS_KEPT) requests.shift();
}
