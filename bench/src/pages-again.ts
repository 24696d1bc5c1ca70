/** Writes the pages of the run that was recorded last: `node --import tsx bench/src/pages-again.ts docs`. */
import { readFileSync } from 'node:fs';
import type { Run } from './page.ts';
import { writePages } from './write-pages.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('expected the folder to write into');
writePages(JSON.parse(readFileSync(new URL('../recorded.json', import.meta.url), 'utf8')) as Run, folder);
