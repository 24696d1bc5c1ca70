import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startRedis } from '@influx-monitoring/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findSnippets, ROOT, type Snippet } from './snippets.ts';

const run = promisify(execFile);

/** Inside the repository, so that the snippets find the packages as a user's code would. */
const FOLDER = join(ROOT, 'test', 'docs', '.snippets');

const snippets = findSnippets();
const readmeSnippets = snippets.filter(({ origin }) => origin.startsWith('README.md'));

describe('the snippets of the documentation', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;

  beforeAll(async () => {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    for (const snippet of snippets) writeFileSync(fileOf(snippet), `${snippet.code}\nexport {};\n`);
    writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(TYPE_CHECK));
    redis = await startRedis();
  });

  afterAll(async () => {
    rmSync(FOLDER, { recursive: true, force: true });
    await redis.stop();
  });

  it('are there, in the README and in comments', () => {
    expect(readmeSnippets.length).toBeGreaterThanOrEqual(4);
    expect(snippets.length).toBeGreaterThan(readmeSnippets.length);
  });

  it('compile under strict rules', async () => {
    const { stdout } = await run('npx', ['tsc', '-p', FOLDER], { cwd: ROOT }).catch(outputOfFailure);
    expect(stdout).toBe('');
    // The compiler takes 15 s on a core of its own, and has none.
  }, 120_000);

  it.each(readmeSnippets)('run as they stand: $origin', async (snippet) => {
    const script = `await import(${JSON.stringify(fileOf(snippet))}); process.exit(0);`;
    const arguments_ = [
      '--conditions=@influx-monitoring/source',
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      script,
    ];
    const environment = { PATH: process.env['PATH'], REDIS_URL: redis.url };
    const { stderr } = await run(process.execPath, arguments_, { cwd: ROOT, env: environment, timeout: 20_000 });
    expect(stderr).toBe('');
  });
});

const TYPE_CHECK = {
  extends: '../../../tsconfig.base.json',
  compilerOptions: {
    composite: false,
    declaration: false,
    emitDeclarationOnly: false,
    noEmit: true,
    noUnusedLocals: false,
    lib: ['ES2023', 'ESNext.Disposable', 'DOM'],
    rootDir: ROOT,
  },
  include: ['*.ts'],
};

function fileOf({ origin }: Snippet): string {
  return join(FOLDER, `${origin.replace(/[^A-Za-z0-9]+/g, '-')}.ts`);
}

/** The compiler tells its errors on its standard output. */
function outputOfFailure(error: unknown): { stdout: string } {
  if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string') return { stdout: error.stdout };
  throw error;
}
