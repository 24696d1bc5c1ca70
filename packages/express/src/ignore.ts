import { guardQuestion, type OnCallbackFailure } from '@influx-monitoring/core/internal';
import type { Request } from 'express';

/** A path prefix, a pattern for the path, or a function that says true. */
export type IgnoreRule = string | RegExp | ((req: Request) => boolean);

/** Says whether a request is left out of the points. */
export type IgnoreTest = (path: string, req: Request) => boolean;

/**
 * Makes one test of all rules.
 *
 * @param onFailure - told of each function that fails; such a one does not say yes
 * @returns `undefined` where nothing is ignored, so that a request costs nothing
 */
export function createIgnoreTest(
  rules: IgnoreRule | readonly IgnoreRule[],
  onFailure: OnCallbackFailure,
): IgnoreTest | undefined {
  // A read-only array is not narrowed by Array.isArray; what is no array is one rule.
  const list = Array.isArray(rules) ? (rules as readonly IgnoreRule[]) : [rules as IgnoreRule];
  if (list.length === 0) return undefined;
  const tests = list.map((rule) => createRuleTest(rule, onFailure));
  return (path, req) => tests.some((test) => test(path, req));
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

function createRuleTest(rule: IgnoreRule, onFailure: OnCallbackFailure): IgnoreTest {
  if (typeof rule === 'function') {
    const question = guardQuestion(rule, onFailure);
    // In plain JavaScript it may say yes by whatever is truthy.
    return (_path, req) => Boolean(question(req));
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
