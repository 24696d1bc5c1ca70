import { guardQuestion } from '../../process/callback-guard.ts';

/** A path prefix, a pattern for the path, or a function that says true. */
export type IgnoreRule<Request> = string | RegExp | ((request: Request) => boolean);

/** Says whether a request is left out of the points. It never throws. */
export type IgnoreTest<Request> = (path: string, request: Request) => boolean;

/**
 * Makes one test of all rules.
 *
 * @param onFailure - told of a function that threw, rejected or gave a promise: such a request is not left out
 * @returns `undefined` where nothing is ignored, so that a request costs nothing
 */
export function createIgnoreTest<Request>(
  rules: IgnoreRule<Request> | readonly IgnoreRule<Request>[],
  onFailure: () => void,
): IgnoreTest<Request> | undefined {
  // A read-only array is not narrowed by Array.isArray; what is no array is one rule.
  const list = Array.isArray(rules) ? (rules as readonly IgnoreRule<Request>[]) : [rules as IgnoreRule<Request>];
  if (list.length === 0) return undefined;
  const tests = list.map((rule) => createRuleTest(rule, onFailure));
  return (path, request) => tests.some((test) => test(path, request));
}

/** Says whether an option's value is a rule or a list of rules. */
export function isIgnoreOption(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isRule) : isRule(value);
}

/** The path of a URL as it stands in a request line: without query, and without scheme and host where a proxy sends them. */
export function pathOfUrl(url: string): string {
  const queryStart = url.indexOf('?');
  const path = queryStart === -1 ? url : url.slice(0, queryStart);
  if (path.startsWith('/')) return path;
  const hostStart = path.indexOf('://');
  if (hostStart === -1) return path;
  const pathStart = path.indexOf('/', hostStart + 3);
  return pathStart === -1 ? '/' : path.slice(pathStart);
}

function isRule(value: unknown): boolean {
  return (typeof value === 'string' && value.startsWith('/')) || value instanceof RegExp || typeof value === 'function';
}

function createRuleTest<Request>(rule: IgnoreRule<Request>, onFailure: () => void): IgnoreTest<Request> {
  if (typeof rule === 'function') {
    const ask = guardQuestion(rule, onFailure);
    return (_path, request) => Boolean(ask(request));
  }
  if (rule instanceof RegExp) {
    // With g or y a pattern remembers where it stopped, and would match every other request.
    const pattern = new RegExp(rule.source, rule.flags.replaceAll(/[gy]/g, ''));
    return (path) => pattern.test(path);
  }
  // `/health` leaves out /health and /health/live, and not /healthy.
  const below = rule.endsWith('/') ? rule : `${rule}/`;
  return (path) => path === rule || path.startsWith(below);
}
