import { JsonScanner, type JsonListener } from './json-scanner.ts';
import { SentenceReader, type NumberedLine, type QuotedLine } from './sentence.ts';
import type { Steps } from './slices.ts';

/** What a body says, without what it quotes of the batch. */
export interface Refusal {
  /** As in `partial write: unable to parse a line: invalid number dropped=0`; of what is no error all, cut. */
  readonly sentence: string;
  /** The lines that versions 1 and 2 quote. */
  readonly quoted: readonly QuotedLine[];
  /** The lines that version 3 and the clouds number. */
  readonly numbered: readonly NumberedLine[];
}

/** Of a body without a sentence so much is told. */
const MAX_HEAD_LENGTH = 4096;

/** Reads the body of an answer: JSON of version 1 and 3 (`error`) or 2 (`message`), else text. A piece is a step. */
export function* readRefusal(pieces: readonly string[]): Steps<Refusal> {
  const isJson = /^\s{0,64}[{[]/.test(pieces[0] ?? '');
  const reader = isJson ? new JsonReader() : new TextReader();
  let head = '';
  for (const piece of pieces) {
    if (head.length < MAX_HEAD_LENGTH) head += piece.slice(0, MAX_HEAD_LENGTH - head.length);
    reader.write(piece);
    yield;
  }
  return reader.finish(head);
}

interface BodyReader {
  write(piece: string): void;
  finish(head: string): Refusal;
}

class TextReader implements BodyReader {
  readonly #reader = new SentenceReader();

  write(piece: string): void {
    this.#reader.write(piece);
  }

  finish(): Refusal {
    this.#reader.end();
    const { sentence, quoted, numbered } = this.#reader;
    return { sentence, quoted, numbered };
  }
}

const ROOT_DEPTH = 1;
const MAX_SHORT_LENGTH = 2048;

/** What an object of a list says of a line, with the names of version 3 and of the clouds. */
interface Entry {
  index?: number;
  texts: Map<string, string>;
}

/**
 * Version 3 gives `"data": [{ "line_number": 2, "error_message": …, "original_line": … }]`, or one such object where it
 * stored nothing; the clouds give `"line": 2` beside the message. A list that is cut holds what came before.
 */
class JsonReader implements BodyReader, JsonListener {
  readonly #scanner = new JsonScanner(this);
  readonly #sentences = new Map<string, SentenceReader>();
  readonly #numbered: NumberedLine[] = [];
  readonly #entries: Entry[] = [];
  #rootIndex: number | undefined;

  write(piece: string): void {
    this.#scanner.write(piece);
  }

  text(key: string, depth: number, part: string): void {
    if (depth === ROOT_DEPTH && (key === 'error' || key === 'message')) this.#sentenceOf(key).write(part);
    if (depth === ROOT_DEPTH) return;
    const { texts } = this.#entryAt(depth);
    const known = texts.get(key) ?? '';
    if (texts.size < MAX_KEYS && known.length < MAX_SHORT_LENGTH)
      texts.set(key, known + part.slice(0, MAX_SHORT_LENGTH));
  }

  end(key: string, depth: number, value: number | undefined): void {
    if (value === undefined || (key !== 'line' && key !== 'line_number')) return;
    if (depth === ROOT_DEPTH) this.#rootIndex = value - 1;
    else this.#entryAt(depth).index = value - 1;
  }

  objectEnd(depth: number): void {
    const entry = this.#entries[depth];
    if (entry === undefined) return;
    // By assignment: an index of an array that is gone for good.
    this.#entries.length = depth;
    if (entry.index === undefined) return;
    const reason = entry.texts.get('error_message') ?? entry.texts.get('message') ?? entry.texts.get('error') ?? '';
    const beginning = entry.texts.get('original_line');
    this.#numbered.push({ index: entry.index, reason, ...(beginning !== undefined && { beginning }) });
  }

  finish(head: string): Refusal {
    for (const reader of this.#sentences.values()) reader.end();
    const told = this.#sentences.get('error') ?? this.#sentences.get('message');
    const numbered = [...this.#numbered, ...(told?.numbered ?? [])];
    if (this.#rootIndex !== undefined && numbered.length === 0) {
      numbered.push({ index: this.#rootIndex, reason: told?.sentence ?? '' });
    }
    return { sentence: told?.sentence ?? head, quoted: told?.quoted ?? [], numbered };
  }

  #sentenceOf(key: string): SentenceReader {
    const known = this.#sentences.get(key) ?? new SentenceReader();
    this.#sentences.set(key, known);
    return known;
  }

  #entryAt(depth: number): Entry {
    return (this.#entries[Math.min(depth, MAX_ENTRY_DEPTH)] ??= { texts: new Map() });
  }
}

const MAX_KEYS = 8;
const MAX_ENTRY_DEPTH = 8;
