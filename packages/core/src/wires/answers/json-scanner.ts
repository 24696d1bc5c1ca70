/** What a scanner tells while it reads. Depth 1 is that of the outermost object; a list is one deeper, too. */
export interface JsonListener {
  /** A part of a text, in order. */
  text(key: string, depth: number, part: string): void;
  /** A text or a number ended; `value` is the number. */
  end(key: string, depth: number, value: number | undefined): void;
  /** An object ended. */
  objectEnd(depth: number): void;
}

/** Deeper than this nothing of a database's answer lies, and what is deeper has no key. */
const MAX_DEPTH = 16;
const MAX_KEY_LENGTH = 64;
const MAX_NUMBER_LENGTH = 32;

const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries({ n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '"': '"', '\\': '\\', '/': '/' }),
);
const HEX_DIGITS = 4;

/**
 * Reads JSON piece by piece, in one pass: what came before a cut or a mistake counts. An answer of a database may have
 * megabytes, and `JSON.parse` would hold the event loop for all of it.
 */
export class JsonScanner {
  readonly #listener: JsonListener;
  readonly #keys: string[] = [];
  #depth = 0;
  #key = '';
  #isText = false;
  /** True for a text that stands where a key may. */
  #isKey = false;
  #escape: string | undefined;
  #number = '';

  constructor(listener: JsonListener) {
    this.#listener = listener;
  }

  write(piece: string): void {
    for (let index = 0; index < piece.length;)
      index = this.#isText ? this.#readText(piece, index) : this.#read(piece, index);
  }

  #read(piece: string, index: number): number {
    const character = piece.charAt(index);
    if (/[-+.\deE]/.test(character) && (this.#number !== '' || /[-\d]/.test(character))) {
      if (this.#number.length < MAX_NUMBER_LENGTH) this.#number += character;
      return index + 1;
    }
    this.#endNumber();
    if (character === '"') this.#beginText();
    else if (character === '{' || character === '[') this.#open(character === '{');
    else if (character === '}' || character === ']') this.#close(character === '}');
    else if (character === ',') this.#isKey = this.#isObject[this.#depth] === true;
    else if (character === ':') this.#isKey = false;
    return index + 1;
  }

  readonly #isObject: boolean[] = [];

  #open(isObject: boolean): void {
    if (this.#depth < MAX_DEPTH) this.#keys[this.#depth] = this.#key;
    this.#depth += 1;
    if (this.#depth < MAX_DEPTH) this.#isObject[this.#depth] = isObject;
    this.#key = '';
    this.#isKey = isObject;
  }

  #close(isObject: boolean): void {
    if (isObject) this.#listener.objectEnd(this.#depth);
    this.#depth = Math.max(0, this.#depth - 1);
    this.#key = this.#keys[this.#depth] ?? '';
    this.#isKey = false;
  }

  #endNumber(): void {
    if (this.#number === '') return;
    this.#listener.end(this.#key, this.#depth, Number(this.#number));
    this.#number = '';
  }

  #beginText(): void {
    this.#isText = true;
    if (this.#isKey) this.#key = '';
  }

  /** @returns where to go on */
  #readText(piece: string, start: number): number {
    if (this.#escape !== undefined) return this.#readEscape(piece, start);
    let index = start;
    for (; index < piece.length; index += 1) {
      const code = piece.charCodeAt(index);
      if (code === QUOTE || code === BACKSLASH) break;
    }
    if (index > start) this.#add(piece.slice(start, index));
    if (index === piece.length) return index;
    if (piece.charCodeAt(index) === BACKSLASH) this.#escape = '';
    else this.#endText();
    return index + 1;
  }

  #readEscape(piece: string, index: number): number {
    const escape = `${this.#escape ?? ''}${piece.charAt(index)}`;
    if (escape.startsWith('u') && escape.length <= HEX_DIGITS) {
      this.#escape = escape;
      return index + 1;
    }
    this.#escape = undefined;
    if (escape.startsWith('u')) this.#add(String.fromCharCode(Number.parseInt(escape.slice(1), 16) || REPLACEMENT));
    else this.#add(ESCAPES.get(escape) ?? escape);
    return index + 1;
  }

  #add(part: string): void {
    if (!this.#isKey) this.#listener.text(this.#key, this.#depth, part);
    else if (this.#key.length < MAX_KEY_LENGTH) this.#key += part.slice(0, MAX_KEY_LENGTH);
  }

  #endText(): void {
    this.#isText = false;
    if (!this.#isKey) this.#listener.end(this.#key, this.#depth, undefined);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const REPLACEMENT = 0xfffd;
