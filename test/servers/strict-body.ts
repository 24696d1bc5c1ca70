import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { resetConnection, type Fault } from './strict-faults.ts';
import { failure, invalidOf3, isOf1, isOf2, type Reply, type StrictFlavour } from './strict-replies.ts';

/** The whole body, or nothing where the connection ended before. */
export async function readBody(request: IncomingMessage, fault: Fault | undefined): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      length += chunk.length;
      if (fault?.kind === 'reset' && length >= fault.afterBytes) {
        resetConnection(request);
        return undefined;
      }
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

/** The text of a body, inflated, or why a flavour does not take it. */
export function decodeBody(
  flavour: StrictFlavour,
  raw: Buffer,
  encoding: string | undefined,
  maxBodyBytes: number,
): { readonly text: string } | { readonly refusal: Reply } {
  const tooLarge = failure(flavour, 413, 'request too large', 'Request Entity Too Large');
  // 1.x counts what comes over the wire, so that a small gzip may hold any length.
  if (isOf1(flavour) && raw.length > maxBodyBytes) return { refusal: tooLarge };
  const body = inflate(raw, encoding);
  if (body === undefined) {
    return { refusal: notGzip(flavour) };
  }
  if (!isOf1(flavour) && body.length > maxBodyBytes) return { refusal: tooLarge };
  if (isOf1(flavour)) return { text: body.toString('utf8') };
  return flavour === '3' ? decodeStrictly(body) : { text: body.toString('utf8') };
}

function notGzip(flavour: StrictFlavour): Reply {
  if (isOf2(flavour)) {
    return failure(flavour, 500, 'internal error', 'An internal error has occurred - check server logs');
  }
  if (flavour === '3') return invalidOf3('error decoding gzip stream: invalid gzip header');
  return failure(flavour, 400, '', 'gzip: invalid header');
}

function inflate(body: Buffer, encoding: string | undefined): Buffer | undefined {
  if (encoding !== 'gzip') return body;
  try {
    return gunzipSync(body);
  } catch {
    return undefined;
  }
}

function decodeStrictly(body: Buffer): { readonly text: string } | { readonly refusal: Reply } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body) };
  } catch {
    return { refusal: invalidOf3('body content is not valid utf8') };
  }
}
