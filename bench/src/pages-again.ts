/** Writes the pages of the runs that are recorded: `node --import tsx bench/src/pages-again.ts docs`. */
import { readRecorded } from './recorded.ts';
import { writePages } from './write-pages.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('expected the folder to write into');
writePages(readRecorded(), folder);
