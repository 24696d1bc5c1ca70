import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip, createInflate } from 'node:zlib';

/** What was read of the body of an answer. */
export interface AnswerBody {
  /** In the pieces that it came in, each a few KiB. */
  readonly pieces: readonly string[];
  /** True where there was more than is read. */
  readonly isCut: boolean;
}

/** The largest piece, in UTF-16 units: what one step of a scanner reads. */
const MAX_PIECE_LENGTH = 8192;

/**
 * Reads the body of an answer, inflated where it is packed, and no more of it than the bound; then the caller ends the
 * request. It rejects where the body is cut by the other side, or is not packed as it says.
 */
export function readAnswerBody(response: IncomingMessage, maxBytes: number): Promise<AnswerBody> {
  return new Promise((resolve, reject) => {
    const unpacking = unpackingOf(response.headers['content-encoding']);
    const body: Readable = unpacking === undefined ? response : response.pipe(unpacking);
    const decoder = new StringDecoder('utf8');
    const pieces: string[] = [];
    let byteCount = 0;
    const end = (isCut: boolean): void => {
      addPieces(pieces, decoder.end());
      resolve({ pieces, isCut });
    };
    response.on('error', reject);
    response.on('aborted', () => {
      reject(Object.assign(new Error('the answer was cut'), { code: 'ECONNRESET' }));
    });
    unpacking?.on('error', reject);
    body.on('data', (chunk: Buffer) => {
      if (byteCount >= maxBytes) return;
      const read = chunk.subarray(0, maxBytes - byteCount);
      byteCount += read.length;
      addPieces(pieces, decoder.write(read));
      if (byteCount < maxBytes) return;
      unpacking?.destroy();
      end(true);
    });
    body.on('end', () => {
      end(false);
    });
  });
}

/** We ask for none, but a server may pack its answers nevertheless. */
function unpackingOf(encoding: string | undefined): Transform | undefined {
  switch (encoding?.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    default:
      return undefined;
  }
}

function addPieces(pieces: string[], text: string): void {
  for (let start = 0; start < text.length; start += MAX_PIECE_LENGTH) {
    pieces.push(text.slice(start, start + MAX_PIECE_LENGTH));
  }
}
