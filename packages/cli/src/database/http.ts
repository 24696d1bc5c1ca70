import { request as requestHttp, type IncomingHttpHeaders } from 'node:http';
import { readFileSync } from 'node:fs';
import { request as requestHttps } from 'node:https';
import type { InfluxAddress } from '@influx-monitoring/core';

type TlsFiles = NonNullable<InfluxAddress['tls']>;

/** A request to a database. */
export interface HttpRequest {
  readonly url: string;
  readonly method?: 'GET' | 'POST' | 'PUT' | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  /** The files of the service's own authorities and certificate, for https. */
  readonly tls?: TlsFiles | undefined;
  /** False to see who answers at all: no credential may go with it. @defaultValue true */
  readonly isCertificateChecked?: boolean | undefined;
  /** Ends it, its socket with it. */
  readonly signal: AbortSignal;
}

/** What a server answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** At most the first MiB. */
  readonly body: string;
  /** When the request was sent and when its headers came, in milliseconds since the epoch. */
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

const MAX_BODY_BYTES = 1024 * 1024;

/** Sends a request over a connection of its own. It follows no redirection. @throws where no answer comes */
export function sendRequest(request: HttpRequest): Promise<HttpAnswer> {
  const { url, method = 'GET', headers = {}, body, signal, tls, isCertificateChecked = true } = request;
  const own = readTlsFiles(tls);
  const options = { ...own, method, headers, signal, agent: false, rejectUnauthorized: isCertificateChecked };
  const sentAtMs = Date.now();
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? requestHttps : requestHttp;
    const outgoing = send(url, options, (incoming) => {
      const answeredAtMs = Date.now();
      const chunks: Buffer[] = [];
      let byteCount = 0;
      const finish = (): void => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text, sentAtMs, answeredAtMs });
      };
      incoming.on('data', (chunk: Buffer) => {
        byteCount += chunk.length;
        chunks.push(chunk);
        if (byteCount < MAX_BODY_BYTES) return;
        finish();
        outgoing.destroy();
      });
      incoming.on('end', finish);
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Reads the files, as Node's TLS takes them. @throws what the file system throws */
export function readTlsFiles({ caFile, certFile, keyFile }: TlsFiles = {}): {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
} {
  return {
    ...(caFile !== undefined && { ca: readFileSync(caFile) }),
    ...(certFile !== undefined && { cert: readFileSync(certFile) }),
    ...(keyFile !== undefined && { key: readFileSync(keyFile) }),
  };
}

/** The code of a failure, as in `ECONNREFUSED`; empty where it has none. */
export function failureCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A failure in words. */
export function failureReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node's error of several addresses that all failed has an empty message.
  return error.message === '' ? failureCode(error) : error.message;
}
