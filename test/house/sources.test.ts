import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PACKAGES = readdirSync(join(ROOT, 'packages')).map((name) => join(ROOT, 'packages', name));
const SOURCE_FOLDERS = [...PACKAGES.map((path) => join(path, 'src')), join(ROOT, 'packages/dashboard/client')];

const MAX_FILE_LINES = 250;
const MAX_FOLDER_FILES = 12;

const files = SOURCE_FOLDERS.flatMap((folder) => filesBelow(folder));

function filesBelow(folder: string): string[] {
  const paths = readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .map((name) => join(folder, name));
  return paths.flatMap((path) => (statSync(path).isDirectory() ? filesBelow(path) : [path]));
}

function nameOf(path: string): string {
  return relative(ROOT, path);
}

/** The files that a file imports or gives on, types included. */
function importsOf(path: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(path, 'utf8'), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => resolve(dirname(path), name));
}

/** The circles that a walk along the imports comes upon, each as the files on it. */
function findCircles(importsByFile: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const isDone = new Set<string>();
  const walk = (file: string, way: readonly string[]): void => {
    const start = way.indexOf(file);
    if (start !== -1) circles.push([...way.slice(start), file].map(nameOf).join(' -> '));
    if (start !== -1 || isDone.has(file)) return;
    for (const next of importsByFile.get(file) ?? []) walk(next, [...way, file]);
    isDone.add(file);
  };
  for (const file of importsByFile.keys()) walk(file, []);
  return circles;
}

describe('the sources', () => {
  it('import nothing in a circle, types included', () => {
    const sources = files.filter((path) => path.endsWith('.ts'));
    expect(sources.length).toBeGreaterThan(100);
    expect(findCircles(new Map(sources.map((path) => [path, importsOf(path)])))).toEqual([]);
  });

  it(`are in files of at most ${String(MAX_FILE_LINES)} lines`, () => {
    const lengths = files.map((path) => ({
      name: nameOf(path),
      lines: readFileSync(path, 'utf8').trimEnd().split('\n').length,
    }));
    expect(lengths.filter(({ lines }) => lines > MAX_FILE_LINES)).toEqual([]);
  });

  it(`are in folders of at most ${String(MAX_FOLDER_FILES)} files`, () => {
    const counts = new Map<string, number>();
    for (const path of files) {
      const folder = nameOf(dirname(path));
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    expect([...counts].filter(([, count]) => count > MAX_FOLDER_FILES)).toEqual([]);
  });
});

describe('the search for circles', () => {
  it('finds each', () => {
    const imports = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['a']],
      ['d', ['d']],
    ]);
    expect(
      findCircles(new Map(Array.from(imports, ([file, to]) => [join(ROOT, file), to.map((name) => join(ROOT, name))]))),
    ).toEqual(['a -> b -> c -> a', 'd -> d']);
  });
});
