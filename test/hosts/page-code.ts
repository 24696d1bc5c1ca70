import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));

/**
 * The first piece of code below a heading of a page, so that what runs is what readers copy.
 *
 * @throws Error where there is none in that language
 */
export function codeOf(page: string, heading: string, language: string): string {
  const section = readFileSync(`${DOCS}${page}`, 'utf8').split(`\n## ${heading}\n`)[1]?.split('\n## ')[0];
  const code = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'm').exec(section ?? '')?.[1];
  if (code === undefined) throw new Error(`docs/${page} has no ${language} below "${heading}"`);
  return code;
}
