import type { Lines } from './lines.ts';
import type { Batch } from './outcome.ts';

/** Lines as a wire takes them. Text is made of them only for a wire that asks for it. */
export function batchOfLines(lines: Lines): Batch {
  return new LazyBatch(lines);
}

/** Lines of text, joined by line ends, as a wire takes them. */
export function batchOfText(text: string): Batch {
  return { lines: text, bytes: Buffer.from(text), lineCount: text.split('\n').length };
}

class LazyBatch implements Batch {
  readonly bytes: Buffer;
  readonly lineCount: number;

  constructor({ bytes, lineCount }: Lines) {
    this.bytes = bytes;
    this.lineCount = lineCount;
  }

  get lines(): string {
    return this.bytes.toString();
  }
}
