/** A line that InfluxDB 1 and 2 quote, and what they say of it. */
export interface QuotedLine {
  /** As it was sent; of a text over several lines the first. */
  readonly text: string;
  readonly reason: string;
}

/** A line that a sentence numbers, and what it says of it. */
export interface NumberedLine {
  /** From 0. */
  readonly index: number;
  readonly reason: string;
  /** How the line begins, where the answer shows it. */
  readonly beginning?: string | undefined;
}

const QUOTATION = "unable to parse '";
const QUOTATION_END = "': ";

/** What the database says besides is a few hundred characters, but for series keys of 64 KiB. */
const MAX_SENTENCE_LENGTH = 4096;

/** Of the last part of a sentence so much is kept: there is how many were dropped. */
const MAX_TAIL_LENGTH = 1024;

/** A longer line of text is no quotation of a line; that one is found by itself. */
const MAX_TEXT_LINE_LENGTH = 256 * 1024;

/** `line 2: invalid number`, alone on its line or after `errors encountered on line(s):`. */
const NUMBERED = /^(?:.{0,200}line\(s\):)?\s{0,8}line (\d{1,7})\b:?\s?/i;

/**
 * Takes an error's sentence as it comes, and what it quotes of the batch out of it: that is the user's data, and may say
 * anything.
 *
 * ```
 * partial write: unable to parse 'm,t=a f=NaN 1': invalid number
 * unable to parse 'm,t=b f= 2': missing field value dropped=0
 * ```
 *
 * A quoted line may hold `': ` itself, the reasons do not: so the last one on a line of text ends the quotation. A quoted
 * line with a quote that is not closed has several lines of text.
 */
export class SentenceReader {
  readonly quoted: QuotedLine[] = [];
  readonly numbered: NumberedLine[] = [];
  #head = '';
  #tail = '';
  #textLine = '';
  /** The first line of a quotation that goes on. */
  #openQuotation: string | undefined;

  /** The sentence without quotations; of a long one beginning and end. */
  get sentence(): string {
    return this.#tail === '' ? this.#head : `${this.#head} … ${this.#tail}`;
  }

  write(part: string): void {
    for (let start = 0; start < part.length;) {
      const found = part.indexOf('\n', start);
      const end = found === -1 ? part.length : found;
      if (this.#textLine.length < MAX_TEXT_LINE_LENGTH) this.#textLine += part.slice(start, end);
      if (found !== -1) this.#endTextLine();
      start = end + 1;
    }
  }

  end(): void {
    this.#endTextLine();
  }

  #endTextLine(): void {
    const text = this.#textLine;
    this.#textLine = '';
    if (this.#openQuotation !== undefined) {
      this.#endQuotation(this.#openQuotation, text, 0);
      return;
    }
    const start = text.indexOf(QUOTATION);
    if (start === -1) {
      this.#readNumber(text);
      this.#say(text);
      return;
    }
    this.#say(`${text.slice(0, start)}unable to parse a line: `);
    this.#endQuotation(undefined, text, start + QUOTATION.length);
  }

  #endQuotation(opened: string | undefined, text: string, start: number): void {
    const end = text.lastIndexOf(QUOTATION_END);
    if (end < start) {
      this.#openQuotation = opened ?? text.slice(start);
      return;
    }
    this.#openQuotation = undefined;
    const reason = text.slice(end + QUOTATION_END.length).replace(/ dropped=\d+$/, '');
    this.quoted.push({ text: opened ?? text.slice(start, end), reason });
    this.#say(text.slice(end + QUOTATION_END.length));
  }

  #readNumber(text: string): void {
    const found = NUMBERED.exec(text);
    if (found !== null) this.numbered.push({ index: Number(found[1]) - 1, reason: text.slice(found[0].length) });
  }

  #say(text: string): void {
    const room = MAX_SENTENCE_LENGTH - this.#head.length;
    if (room > 0) this.#head += `${this.#head === '' ? '' : ' '}${text.slice(0, room)}`;
    if (text.length > room) this.#tail = text.slice(-Math.min(MAX_TAIL_LENGTH, text.length - Math.max(0, room)));
  }
}
