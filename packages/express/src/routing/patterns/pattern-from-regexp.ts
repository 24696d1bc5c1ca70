/** A parameter of a compiled pattern, as Express 4 keeps it. */
interface PatternKey {
  readonly name: string | number;
}

/** What path-to-regexp 0.1 puts around a mount's pattern. */
const START = '^';
const END = '\\/?(?=\\/|$)';
const BETWEEN_ALTERNATIVES = `${END}|${START}`;

const KNOWN_PATTERNS = new WeakMap<RegExp, string>();

/**
 * The pattern that Express 4 compiled for a mount, read back from what path-to-regexp 0.1 made of it: Express keeps no
 * other trace of it. A regular expression that the application gave itself comes back as its source.
 */
export function patternFromRegExp(regexp: RegExp, keys: readonly PatternKey[]): string {
  const known = KNOWN_PATTERNS.get(regexp);
  if (known !== undefined) return known;
  const pattern = readPattern(regexp.source, keys) ?? regexp.source;
  KNOWN_PATTERNS.set(regexp, pattern);
  return pattern;
}

function readPattern(source: string, keys: readonly PatternKey[]): string | undefined {
  // Several paths: 0.1.7 puts a group around them, 0.1.12 and newer do not.
  const list = source.startsWith(`(?:${START}`) && source.endsWith(`${END})`) ? source.slice(3, -1) : source;
  if (!list.startsWith(START) || !list.endsWith(END)) return undefined;
  const bodies = list.slice(START.length, -END.length).split(BETWEEN_ALTERNATIVES);
  const reader = new PatternReader(keys);
  return bodies.map((body) => reader.read(body)).join(',');
}

/** A named parameter: in a group of its own, with its slash or dot, its expression, and what repeats it. */
const PARAMETER =
  /^\(\?:(\\\/|\\\.)?(\\\/)?\((\[\^\\?\/(?:\\\.)?\]\+\?|\(\?:\(\?!.*?\)\.\)\+\?|(?:[^()\\]|\\.|\([^()]*\))*)\)(\(\(\?:\[[^\]]*\]\.\+\?\)\?\))?\)(\?)?/;
const DEFAULT_EXPRESSION = /^(?:\[\^\\?\/(?:\\\.)?\]\+\?|\(\?:\(\?!.*\)\.\)\+\?)$/;
const WILDCARD = '(.*)';

class PatternReader {
  readonly #keys: readonly PatternKey[];
  #keyIndex = 0;

  constructor(keys: readonly PatternKey[]) {
    this.#keys = keys;
  }

  read(body: string): string {
    let pattern = '';
    let rest = body;
    while (rest !== '') {
      const [text, length] = this.#readToken(rest);
      pattern += text;
      rest = rest.slice(length);
    }
    return pattern === '' ? '/' : pattern;
  }

  #readToken(rest: string): readonly [text: string, length: number] {
    if (rest.startsWith(WILDCARD)) {
      this.#keyIndex += 1;
      return ['*', WILDCARD.length];
    }
    const parameter = PARAMETER.exec(rest);
    if (parameter !== null) return [this.#parameterText(parameter), parameter[0].length];
    // A slash before a group of the application's own.
    if (rest.startsWith('(?:')) return ['(', 3];
    if (rest.startsWith('\\/') || rest.startsWith('\\.')) return [rest.charAt(1), 2];
    if (rest.startsWith('\\')) return [rest.slice(0, 2), 2];
    if (rest.startsWith('(') && !rest.startsWith('(?')) this.#keyIndex += 1;
    return [rest.charAt(0), 1];
  }

  #parameterText([, first = '', second = '', expression = '', repeat, optional = '']: RegExpExecArray): string {
    const name = this.#keys[this.#keyIndex]?.name ?? this.#keyIndex;
    this.#keyIndex += repeat === undefined ? 1 : 2;
    const before = `${first}${second}`.replaceAll('\\', '');
    const own = DEFAULT_EXPRESSION.test(expression) ? '' : `(${expression})`;
    // 0.1.12 and newer put the dot before the slash, whatever stood in the pattern.
    return `${before}:${String(name)}${own}${repeat === undefined ? '' : '*'}${optional}`;
  }
}
