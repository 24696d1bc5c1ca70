import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What users import by name; `internal` is for the packages alone. */
const PUBLIC_FILES = ['index.ts', 'points.ts', 'spool.ts'];

const CONDITION = '@influx-monitoring/source';

function publicFiles(): string[] {
  return readdirSync(join(ROOT, 'packages')).flatMap((name) => {
    const folder = join(ROOT, 'packages', name, 'src');
    return readdirSync(folder)
      .filter((file) => PUBLIC_FILES.includes(file))
      .map((file) => join(folder, file));
  });
}

it('has a comment on every name that the packages export', { timeout: 60_000 }, () => {
  const files = publicFiles();
  expect(files.length).toBeGreaterThan(7);
  const program = ts.createProgram(files, {
    allowImportingTsExtensions: true,
    customConditions: [CONDITION],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    noEmit: true,
    skipLibCheck: true,
    strict: true,
    target: ts.ScriptTarget.ES2022,
  });
  const checker = program.getTypeChecker();
  const names = files.flatMap((file) => {
    const source = program.getSourceFile(file);
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
    return module === undefined ? [] : checker.getExportsOfModule(module).map((symbol) => ({ file, symbol }));
  });
  expect(names.length).toBeGreaterThan(150);
  const bare = names.filter(({ symbol }) => {
    const named = (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
    return named.getDocumentationComment(checker).length === 0;
  });
  expect(bare.map(({ file, symbol }) => `${file.slice(ROOT.length)} ${symbol.name}`)).toEqual([]);
});
