import { MonitoringError } from './errors.ts';

/** What one option must be. */
export interface OptionRule {
  /** What is expected, to follow "expected": `a number of seconds from 0.01 to 3600`. */
  readonly expected: string;
  readonly isValid: (value: unknown) => boolean;
  /** True where a value must never be printed; a function where only some must not. */
  readonly isSecret?: boolean | ((value: unknown) => boolean) | undefined;
  /** What to write instead, to follow `expected`. */
  readonly advice?: ((value: unknown) => string) | undefined;
}

/** A rule for each option; `undefined` always means "not given". */
export type OptionRules<Options> = { readonly [Key in keyof Required<Options>]: OptionRule };

/**
 * Checks options once, when something is created from them.
 *
 * @param owner - whose options they are, for the message: `influxMonitoring()`
 * @throws MonitoringError `ERR_OPTION_UNKNOWN` for a key without a rule, `ERR_OPTION_TYPE` for a wrong value
 */
export function checkOptions<Options extends object>(
  owner: string,
  options: Options,
  rules: OptionRules<Options>,
): Options {
  if (!isPlainObject(options)) {
    throw new MonitoringError(
      'ERR_OPTION_TYPE',
      `${owner}: expected an object of options, got ${describeValue(options)}`,
    );
  }
  const ruleByName = new Map<string, OptionRule>(Object.entries(rules));
  for (const [name, value] of Object.entries(options)) {
    const rule = ruleByName.get(name);
    if (rule === undefined) {
      const known = [...ruleByName.keys()].sort().join(', ');
      throw new MonitoringError(
        'ERR_OPTION_UNKNOWN',
        `${owner}: unknown option ${quote(name)}; expected one of ${known}`,
      );
    }
    if (value !== undefined && !rule.isValid(value)) {
      throw new MonitoringError(
        'ERR_OPTION_TYPE',
        `${owner}: expected ${quote(name)} to be ${expectation(rule, value)}`,
      );
    }
  }
  return options;
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a rule expects and what it got instead, without what must not be shown. */
export function expectation(rule: OptionRule, value: unknown): string {
  const isSecret = typeof rule.isSecret === 'function' ? rule.isSecret(value) : rule.isSecret === true;
  const got = isSecret ? `${typeName(value)} (not shown)` : describeValue(value);
  return `${rule.expected}${rule.advice?.(value) ?? ''}, got ${got}`;
}

const MAX_SHOWN_LENGTH = 100;

/** A value as an error message shows it: its type and, where short, what it is. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return `the string ${quote(value)}`;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return `the ${typeof value} ${String(value)}`;
  }
  return Array.isArray(value) && value.length > 0 ? describeItems(value) : typeName(value);
}

/** A few of a list's values, as what is wrong is one of them. */
function describeItems(values: readonly unknown[]): string {
  const items = values.slice(0, MAX_ITEMS).map((item) => (Array.isArray(item) ? typeName(item) : describeValue(item)));
  return `an array of ${items.join(', ')}${values.length > MAX_ITEMS ? ' and more' : ''}`;
}

/** How many values of a list are described. */
const MAX_ITEMS = 5;

/** The type of a value that must not be shown, with its article. */
function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text);
}

/** Rules that many options share. */
export const rules = {
  boolean: { expected: 'true or false', isValid: (value: unknown) => typeof value === 'boolean' },
  function: { expected: 'a function', isValid: (value: unknown) => typeof value === 'function' },
  object: {
    expected: 'an object',
    isValid: isPlainObject,
  },
  text: {
    expected: 'a string that is not empty',
    isValid: (value: unknown) => typeof value === 'string' && value !== '',
  },
  /** A number within bounds, both included. */
  number: (unit: string, minimum: number, maximum: number): OptionRule => ({
    expected: `a number${unit === '' ? '' : ` of ${unit}`} from ${String(minimum)} to ${String(maximum)}`,
    isValid: (value) => typeof value === 'number' && value >= minimum && value <= maximum,
  }),
  /** A whole number within bounds, both included. */
  integer: (unit: string, minimum: number, maximum: number): OptionRule => ({
    expected: `a whole number${unit === '' ? '' : ` of ${unit}`} from ${String(minimum)} to ${String(maximum)}`,
    isValid: (value) => Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum,
  }),
  /** One of some values. */
  oneOf: (...values: readonly (string | number)[]): OptionRule => ({
    expected: `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`,
    isValid: (value) => values.some((allowed) => allowed === value),
  }),
  logger: {
    expected: 'a logger with the methods info, warn and error',
    isValid: (value: unknown) =>
      isPlainObject(value) &&
      ['info', 'warn', 'error'].every((name) => typeof Reflect.get(Object(value) as object, name) === 'function'),
  },
  /** A monitoring made by this library, of whichever copy of it. */
  monitoring: {
    expected: 'a monitoring, as createMonitoring() returns',
    isValid: (value: unknown) =>
      typeof value === 'object' && value !== null && 'addPoints' in value && typeof value.addPoints === 'function',
  },
} as const;
