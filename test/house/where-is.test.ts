import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);

/** The rows of the table "Where is …?" of ARCHITECTURE.md. */
function rows(): readonly (readonly [question: string, file: string])[] {
  const text = readFileSync(new URL('ARCHITECTURE.md', ROOT), 'utf8');
  const section = text.slice(text.indexOf('## Where is'), text.indexOf('## Rules'));
  return Array.from(section.matchAll(/^\| ([^|]+?\?) +\| `([^`]+)` +\|$/gm), ([, question = '', file = '']) => [
    question,
    file,
  ]);
}

describe('the table "Where is …?"', () => {
  it('answers ten questions or more', () => {
    expect(rows().length).toBeGreaterThanOrEqual(10);
  });

  it.each(rows())('%s leads to a file that is there', (_question, file) => {
    expect(existsSync(new URL(file, ROOT)), file).toBe(true);
  });
});
