import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasCommonJs, type Manifest } from './packages.ts';

/** One way to use the packages. */
export interface Consumer {
  readonly name: string;
  /** @throws Error where it fails, with what it printed */
  run(): Promise<void>;
}

/** Where the consumers are, and what they need. */
export interface Place {
  readonly folder: string;
  readonly manifests: readonly Manifest[];
  readonly redisUrl: string;
}

const TYPESCRIPTS: Readonly<Record<string, string>> = { '5.4': '5.4.5', '5.9': '5.9.3', '6': '6.0.3', '7': '7.0.2' };
const RESOLUTIONS = ['node16', 'nodenext', 'bundler'] as const;
const CONSUMER_DEADLINE_MS = 120_000;

/** What consumers have installed beside the packages and their newest peers. */
export const CONSUMER_TOOLS: Readonly<Record<string, string>> = {
  '@types/express': '5.0.6',
  '@types/node': '20.19.43',
  '@types/ws': '8.18.2',
  jest: '30.5.2',
  vitest: '4.1.12',
  ...Object.fromEntries(
    Object.entries(TYPESCRIPTS).map(([line, version]) => [`typescript-${line}`, `npm:typescript@${version}`]),
  ),
};

/** Node alone, loading the packages in both ways: what every set of peers is run with. */
export function nodeConsumers(place: Place): Consumer[] {
  return [
    { name: 'Node, ES modules', run: () => runNode(place, ['esm.mjs']) },
    { name: 'Node, CommonJS', run: () => runNode(place, ['cjs.cjs']) },
  ];
}

/** Everything else that runs. */
export function furtherConsumers(place: Place): Consumer[] {
  const jest = ['node_modules/jest/bin/jest.js', '--ci', '--testRegex'];
  return [
    { name: 'each package imported', run: () => importEach(place) },
    { name: 'each package required', run: () => requireEach(place) },
    { name: 'what importing the packages loads of Node', run: () => runNode(place, ['light.mjs']) },
    ...place.manifests.flatMap((manifest) => commandConsumers(place, manifest)),
    { name: 'Jest, CommonJS', run: () => runNode(place, [...jest, 'jest-commonjs.cjs']) },
    {
      name: 'Jest, ES modules',
      run: () => runNode(place, ['--experimental-vm-modules', '--no-warnings', ...jest, 'jest-modules.mjs']),
    },
    {
      name: 'Vitest',
      run: () => runNode(place, ['node_modules/vitest/vitest.mjs', 'run', '--dir=.', 'vitest.test.mjs']),
    },
  ];
}

/** Every compiler with every way of resolving; they may run at the same time. */
export function compilerConsumers(place: Place): Consumer[] {
  copyFileSync(join(place.folder, 'service.mts'), join(place.folder, 'service.cts'));
  writeFileSync(
    join(place.folder, 'each.mts'),
    place.manifests.map(({ name }, index) => `export * as package${String(index)} from '${name}';\n`).join(''),
  );
  return Object.entries(TYPESCRIPTS).flatMap(([line, version]) =>
    RESOLUTIONS.map((resolution) => ({
      name: `TypeScript ${version}, ${resolution}`,
      run: () => compile(place, line, resolution),
    })),
  );
}

async function importEach(place: Place): Promise<void> {
  for (const { name } of place.manifests) {
    const text = `import * as all from '${name}'; if (Object.keys(all).length === 0) throw new Error('it exports nothing');`;
    await runNode(place, ['--input-type=module', '--eval', text]);
  }
}

async function requireEach(place: Place): Promise<void> {
  for (const { name } of place.manifests.filter(hasCommonJs)) {
    const text = `if (Object.keys(require('${name}')).length === 0) throw new Error('it exports nothing');`;
    await runNode(place, ['--input-type=commonjs', '--eval', text]);
  }
}

function commandConsumers(place: Place, { version, bin = {} }: Manifest): Consumer[] {
  return Object.keys(bin).map((name) => ({
    name: `the command ${name}`,
    run: async () => {
      const command = join('node_modules', '.bin', name);
      const printed = await runProgram(place, command, ['--version']);
      if (printed.trim() !== version) throw new Error(`expected ${version}, got ${printed}`);
      await runProgram(place, command, ['--help']);
    },
  }));
}

/** The service as an ES module and, where the resolution has it, as CommonJS; all declarations of others included. */
async function compile(place: Place, line: string, resolution: (typeof RESOLUTIONS)[number]): Promise<void> {
  const isBundler = resolution === 'bundler';
  const options = {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable', 'dom'],
    module: isBundler ? 'esnext' : resolution,
    moduleResolution: resolution,
    types: ['node'],
    esModuleInterop: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    skipLibCheck: false,
    noEmit: true,
  };
  const files = ['service.mts', 'each.mts', ...(isBundler ? [] : ['service.cts'])];
  const project = join(place.folder, `tsconfig.${line}.${resolution}.json`);
  writeFileSync(project, JSON.stringify({ compilerOptions: options, files }));
  await compileProject(place, `typescript-${line}`, project);
}

/** Compiles by a compiler that the project has installed under this name. */
export async function compileProject(place: Place, compilerName: string, project: string): Promise<void> {
  const compiler = join(place.folder, 'node_modules', compilerName);
  const { bin } = JSON.parse(readFileSync(join(compiler, 'package.json'), 'utf8')) as { bin: { tsc: string } };
  await runNode(place, [join(compiler, bin.tsc), '--project', project]);
}

/** Runs Node in the project. */
export async function runNode(place: Place, parameters: readonly string[]): Promise<void> {
  await runProgram(place, process.execPath, parameters);
}

/** Runs a program in the project; one that does not end by itself has left something open, and fails. */
async function runProgram(place: Place, program: string, parameters: readonly string[]): Promise<string> {
  const { folder, redisUrl } = place;
  try {
    const { stdout } = await promisify(execFile)(program, parameters, {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, REDIS_URL: redisUrl },
      timeout: CONSUMER_DEADLINE_MS,
      maxBuffer: Number.POSITIVE_INFINITY,
    });
    return stdout;
  } catch (error) {
    // By its documentation what execFile rejects with has these; its message has what went to stderr.
    const { message, stdout = '' } = error as Error & { stdout?: string };
    throw new Error(`${message}\n${stdout}`, { cause: error });
  }
}
