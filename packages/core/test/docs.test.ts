import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SETTING_NAMES, SETTINGS } from '../src/config/settings-table.ts';

const ROOT = new URL('../../../', import.meta.url);

function page(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

describe('docs/errors.md', () => {
  it('has a row for each code of the union, and for no other', () => {
    const union = Array.from(page('packages/core/src/errors.ts').matchAll(/\| '(ERR_\w+)'/g), ([, code]) => code);
    const rows = Array.from(page('docs/errors.md').matchAll(/^\| `(ERR_\w+)`/gm), ([, code]) => code);
    expect(rows.sort()).toEqual(union.sort());
  });
});

describe('docs/configuration.md', () => {
  const rows = new Map(
    Array.from(
      page('docs/configuration.md').matchAll(/^\| `([\w.]+)` +\| (?:`(\w+)`)?[^|]*\| ([^|]*)\|/gm),
      ([, name, variable, keys]) => [
        name,
        {
          variable,
          keys: Array.from((keys ?? '').replace(/ in `.*/, '').matchAll(/`(\w+)`/g), ([, key]) => key),
        },
      ],
    ),
  );

  // The other settings of delivery stand in docs/delivery.md.
  const documented = SETTING_NAMES.filter(
    (name) => SETTINGS[name].variable !== undefined || !name.startsWith('delivery.'),
  );

  it('has a row for each setting, and for no other', () => {
    expect([...rows.keys()].sort()).toEqual([...documented].sort());
  });

  it.each(documented)('names the variable and the keys of %s', (name) => {
    const { fileKeys, variable } = SETTINGS[name];
    expect(rows.get(name)).toEqual({ variable, keys: [...new Set([name.replace(/^\w+\./, ''), ...fileKeys])] });
  });
});
