import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { MAX_BATCH_BYTES, MAX_BATCH_LINES } from '@influx-monitoring/core/internal';
import { readSpoolSegment } from '@influx-monitoring/core/spool';
import { CommandError } from '../command-error.ts';
import { failureReason } from '../database/http.ts';
import type { ReplayFile } from './inputs.ts';

/** Some lines of a file. */
export interface LineBatch {
  /** Those that can be sent. */
  readonly lines: readonly string[];
  /** Lines that cannot be sent, by reason. */
  readonly unsendable: ReadonlyMap<string, number>;
  /** Lines of the file up to the end of this batch, comments and empty ones included. */
  readonly endLine: number;
  /** Bytes of the file that were read by then. */
  readonly bytesRead: number;
}

/** Without one the database sets the time of arrival, and each repeat would store the line once more. */
export const NO_STAMP = 'no time stamp: a repeat would store it again';

const MAX_LINE_LENGTH = 16 * 1024 * 1024;
/** What `influx_inspect export` writes before the points. */
const EXPORTED_STATEMENT = /^CREATE DATABASE .+ WITH NAME .+$/;
const STAMP_AT_END = / -?\d+$/;

/**
 * Reads a file in batches of at most 5,000 lines and about 1 MiB.
 *
 * @param startLine - how many of its lines are to be passed over
 * @param onBroken - told where parts of a segment cannot be read; the others are
 * @throws CommandError where the file cannot be read
 */
export async function* readBatches(
  file: ReplayFile,
  startLine: number,
  onBroken: () => void,
): AsyncGenerator<LineBatch> {
  try {
    const lines = file.kind === 'segment' ? linesOfSegment(file, onBroken) : linesOfText(file);
    const collector = new BatchCollector();
    for await (const { text, bytesRead } of lines) {
      collector.count += 1;
      if (collector.count > startLine && collector.add(text)) yield collector.take(bytesRead);
    }
    yield collector.take(file.byteCount);
  } catch (error) {
    throw new CommandError(`${file.path} cannot be read to its end: ${failureReason(error)}`);
  }
}

interface FileLine {
  readonly text: string;
  readonly bytesRead: number;
}

class BatchCollector {
  count = 0;
  #lines: string[] = [];
  #byteCount = 0;
  #unsendable = new Map<string, number>();

  /** @returns true where the batch is full */
  add(text: string): boolean {
    const line = text.trim();
    if (line === '' || line.startsWith('#')) return false;
    if (!STAMP_AT_END.test(line)) {
      if (EXPORTED_STATEMENT.test(line)) return false;
      this.#unsendable.set(NO_STAMP, (this.#unsendable.get(NO_STAMP) ?? 0) + 1);
      return false;
    }
    this.#lines.push(line);
    this.#byteCount += Buffer.byteLength(line) + 1;
    return this.#lines.length >= MAX_BATCH_LINES || this.#byteCount >= MAX_BATCH_BYTES;
  }

  take(bytesRead: number): LineBatch {
    const batch = { lines: this.#lines, unsendable: this.#unsendable, endLine: this.count, bytesRead };
    this.#lines = [];
    this.#byteCount = 0;
    this.#unsendable = new Map();
    return batch;
  }
}

async function* linesOfSegment({ path, byteCount }: ReplayFile, onBroken: () => void): AsyncGenerator<FileLine> {
  const segment = await readSpoolSegment(path);
  if (segment.state === 'broken') onBroken();
  let count = 0;
  for await (const { bytes } of segment.batches()) {
    for (const text of bytes.toString().split('\n')) {
      count += 1;
      yield { text, bytesRead: Math.floor((byteCount * count) / segment.lineCount) };
    }
  }
}

async function* linesOfText({ path, kind }: ReplayFile): AsyncGenerator<FileLine> {
  const file = createReadStream(path);
  // An error of the file ends what comes out of gunzip, too.
  const source: Readable = kind === 'gzip' ? pipeline(file, createGunzip(), () => undefined) : file;
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of source as AsyncIterable<Buffer>) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    // Only the first is joined: a long line would be searched through again with each chunk.
    const texts = [rest + first, ...others];
    rest = texts.pop() ?? '';
    if (rest.length > MAX_LINE_LENGTH) throw new Error('a line of more than 16 MiB is none of line protocol');
    for (const text of texts) yield { text, bytesRead: file.bytesRead };
  }
  yield { text: rest + decoder.decode(), bytesRead: file.bytesRead };
}
