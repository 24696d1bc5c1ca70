import type { Matcher, MatcherMatch } from '../express-shapes.ts';

/** A longer text is not asked about: the way backwards asks once a character. */
const MAX_TEXT_LENGTH = 512;

/** Patterns with optional parts have a reading for each set of parameters. */
const MAX_READINGS = 64;

/** The name that router 2 gives the closure of a regular expression. */
const REGEXP_MATCHER_NAME = 'regexpMatcher';

/** Stands for a regular expression that cannot be read back. */
const UNREADABLE_REGEXP = '(regexp)';

const readings = new WeakMap<Matcher, Map<string, string>>();

/**
 * The pattern of a mount on router 2.0 to 2.2, read back from a path that it matched: these versions keep the pattern
 * nowhere. Each character of the path is changed in turn. Where the match then fails, the character is the pattern's;
 * where one parameter changes, it is that parameter's. No value of a parameter is in what comes out.
 *
 * What it cannot know: the case of letters, where the router ignores case (they come as they were first asked for), the
 * parts of a pattern that are optional, and the source of a regular expression.
 *
 * @param text - what the pattern matched
 */
export function patternFromMatcher(matcher: Matcher, text: string, match: MatcherMatch): string {
  if (matcher.name === REGEXP_MATCHER_NAME) return UNREADABLE_REGEXP;
  const names = Object.keys(match.params);
  const reading = names.join('/');
  let known = readings.get(matcher);
  const pattern = known?.get(reading);
  if (pattern !== undefined) return pattern;
  if (text.length > MAX_TEXT_LENGTH) return `/${names.map((name) => `:${name}`).join('/')}`;
  const read = readPattern(matcher, text, match);
  if (known === undefined) {
    known = new Map();
    readings.set(matcher, known);
  }
  if (known.size < MAX_READINGS) known.set(reading, read);
  return read;
}

/** A character, or a run of percent-encoded bytes: half of an encoded character cannot be decoded. */
const UNIT = /(?:%[0-9a-f]{2})+|[\s\S]/gi;

function readPattern(matcher: Matcher, text: string, match: MatcherMatch): string {
  let pattern = '';
  let lastName: string | undefined;
  for (const { 0: unit, index } of text.matchAll(UNIT)) {
    const changed = text.slice(0, index) + otherThan(unit) + text.slice(index + unit.length);
    const name = changedParameter(match, matcher(changed));
    if (name === undefined) pattern += unit;
    else if (name !== lastName) pattern += parameterText(name, match.params[name]);
    lastName = name;
  }
  return pattern;
}

/** The one parameter that differs; none where the text no longer matches or several differ (a separator was changed). */
function changedParameter(before: MatcherMatch, after: MatcherMatch | false): string | undefined {
  if (after === false) return undefined;
  const names = new Set([...Object.keys(before.params), ...Object.keys(after.params)]);
  const changed = [...names].filter((name) => String(before.params[name]) !== String(after.params[name]));
  return changed.length === 1 ? changed[0] : undefined;
}

function otherThan(unit: string): string {
  return unit.toLowerCase() === 'z' ? 'q' : 'z';
}

function parameterText(name: string, value: unknown): string {
  const text = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : JSON.stringify(name);
  return `${Array.isArray(value) ? '*' : ':'}${text}`;
}
