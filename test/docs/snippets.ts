import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A piece of TypeScript that a reader may copy. */
export interface Snippet {
  /** Where it stands, as in `README.md:31`. */
  readonly origin: string;
  readonly code: string;
}

/** The repository's folder. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const FENCE = /^([ \t]*(?:\* ?)?)```ts\n([\s\S]*?)^\1```/gm;

/** Pages for readers, and sources, whose comments hold examples. */
const PLACES = [
  /^[A-Z]+\.md$/,
  /^docs\/.*\.md$/,
  /^(packages|examples)\/[^/]+\/README\.md$/,
  /^packages\/[^/]+\/src\/.*\.ts$/,
];

/** The snippets of all pages, and the examples in the comments of all sources. */
export function findSnippets(): Snippet[] {
  const folders = ['docs', 'packages', 'examples'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => !path.includes('node_modules'))
      .map((path) => join(folder, path)),
  );
  return [...readdirSync(ROOT), ...folders]
    .filter((path) => PLACES.some((place) => place.test(path)))
    .sort()
    .flatMap((path) => snippetsOf(join(ROOT, path)));
}

function snippetsOf(path: string): Snippet[] {
  const text = readFileSync(path, 'utf8');
  return Array.from(text.matchAll(FENCE), ({ index, 1: prefix = '', 2: body = '' }) => ({
    origin: `${relative(ROOT, path)}:${String(text.slice(0, index).split('\n').length)}`,
    code: body
      .split('\n')
      .map((line) => line.slice(line.startsWith(prefix) ? prefix.length : prefix.trimEnd().length))
      .join('\n'),
  }));
}
