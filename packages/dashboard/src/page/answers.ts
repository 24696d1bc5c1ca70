import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Asset } from './client-assets.ts';

/** Only what this server sends runs, loads or connects; nobody frames it, and it tells nobody where it was. */
const SECURITY_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

const YEAR_SECONDS = 31_536_000;

/** Sets what every answer has. Figures are of the moment: nothing is cached but what says otherwise. */
export function setCommonHeaders(res: ServerResponse): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) res.setHeader(name, value);
  res.setHeader('Cache-Control', 'no-store');
}

/** Answers with a sentence; without one for HEAD. */
export function sendText(
  res: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  const body = Buffer.from(`${text}\n`);
  res.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(body.length),
    ...headers,
  });
  res.end(body);
}

/** Answers a window that there is not. */
export function sendBadWindow(res: ServerResponse): void {
  sendText(res, 400, 'Expected "window" to be 5 or 15, in minutes.');
}

/** Answers a span that is none. */
export function sendBadSpan(res: ServerResponse): void {
  sendText(res, 400, 'Expected "at" to be whole seconds since the epoch, and "from" to be some before it.');
}

export function sendJson(res: ServerResponse, data: object): void {
  const body = Buffer.from(JSON.stringify(data));
  res.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': String(body.length) });
  res.end(body);
}

/** Answers with a file of the page: compressed where that is understood, or not at all where it is known already. */
export function sendAsset(req: IncomingMessage, res: ServerResponse, asset: Asset): void {
  res.setHeader(
    'Cache-Control',
    asset.isImmutable ? `private, max-age=${String(YEAR_SECONDS)}, immutable` : 'no-cache',
  );
  res.setHeader('ETag', asset.etag);
  res.setHeader('Vary', 'Accept-Encoding');
  if (req.headers['if-none-match'] === asset.etag) {
    res.writeHead(304);
    res.end();
    return;
  }
  const isCompressed = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(req.headers['accept-encoding'] ?? '');
  const body = isCompressed ? asset.gzipped : asset.body;
  if (isCompressed) res.setHeader('Content-Encoding', 'gzip');
  res.writeHead(200, { 'Content-Type': asset.type, 'Content-Length': String(body.length) });
  res.end(body);
}
