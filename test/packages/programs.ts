import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findSnippets } from '../docs/snippets.ts';
import { compileProject, runNode, type Consumer, type Place } from './consumers.ts';

/** Ten programs of users, and one that mixes both kinds of modules. */
export const PROGRAMS = fileURLToPath(new URL('../programs/', import.meta.url));

/** What they have installed beside the packages. */
export const PROGRAM_PACKAGES: Readonly<Record<string, string>> = {
  '@nestjs/common': '11.2.10',
  '@nestjs/core': '11.2.10',
  '@nestjs/platform-express': '11.2.10',
  '@types/connect': '3.4.38',
  '@types/express': '5.0.6',
  '@types/express4': 'npm:@types/express@4.17.25',
  '@types/node': '20.19.43',
  '@types/ws': '8.18.2',
  connect: '3.7.0',
  express: '5.3.0',
  express4: 'npm:express@4.22.3',
  ioredis: '5.11.1',
  redis: '6.3.1',
  'reflect-metadata': '0.2.2',
  rxjs: '7.8.2',
  typescript: '5.9.3',
  ws: '8.23.0',
};

/** What strict users have on; `isolatedDeclarations` and `exactOptionalPropertyTypes` are the ones that libraries break. */
const COMPILER_OPTIONS = {
  declaration: true,
  exactOptionalPropertyTypes: true,
  experimentalDecorators: true,
  isolatedDeclarations: true,
  lib: ['es2023', 'esnext.disposable'],
  module: 'nodenext',
  noImplicitOverride: true,
  noUncheckedIndexedAccess: true,
  outDir: 'out',
  skipLibCheck: true,
  strict: true,
  target: 'es2022',
  types: ['node'],
  verbatimModuleSyntax: true,
};

/** The programs are compiled all at once; those that need no server run. */
export function programConsumers(place: Place): Consumer[] {
  return [
    { name: 'programs of users, compiled', run: () => compilePrograms(place) },
    { name: 'program: the worker', run: () => runNode(place, ['out/worker.mjs']) },
    { name: 'program: the test file', run: () => runNode(place, ['--test', 'out/points-back.test.mjs']) },
    { name: 'program: the mix of modules', run: () => runNode(place, ['--eval', "require('./out/mixed.cjs')()"]) },
  ];
}

/** The README's class of points, which strict users copy as it stands. */
function classOfReadme(): string {
  const found = findSnippets().filter(
    ({ code, origin }) => origin.startsWith('README.md') && code.includes('export class'),
  );
  const [snippet] = found;
  if (snippet === undefined || found.length > 1) {
    throw new Error(`README.md: expected one snippet with an exported class, got ${String(found.length)}`);
  }
  return snippet.code;
}

async function compilePrograms(place: Place): Promise<void> {
  writeFileSync(join(place.folder, 'readme.mts'), classOfReadme());
  const files = readdirSync(place.folder).filter((name) => /\.[cm]ts$/.test(name));
  writeFileSync(join(place.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files }));
  await compileProject(place, 'typescript', 'tsconfig.json');
}
