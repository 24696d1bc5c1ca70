import { describe, expect, it } from 'vitest';
import { parseNumbers } from './command-line.ts';

const DEFAULTS = { runs: 200, seed: 1 };

describe('parseNumbers', () => {
  it('takes what is given, and the defaults for the rest', () => {
    expect(parseNumbers(DEFAULTS, [])).toEqual(DEFAULTS);
    expect(parseNumbers(DEFAULTS, ['--runs', '3'])).toEqual({ runs: 3, seed: 1 });
  });

  it('gives nothing where help is asked for', () => {
    expect(parseNumbers(DEFAULTS, ['--runs', '3', '--help'])).toBeUndefined();
  });

  it.each(['0', '-1', '1.5', 'many', ''])('refuses --runs "%s"', (text) => {
    expect(() => parseNumbers(DEFAULTS, [`--runs=${text}`])).toThrow(
      `--runs: expected a whole number from 1 on, got "${text}"`,
    );
  });

  it('refuses an option that it does not know', () => {
    expect(() => parseNumbers(DEFAULTS, ['--rounds', '3'])).toThrow('--rounds');
  });
});
