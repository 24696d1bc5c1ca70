/** Bundles the service into the folder `out`: `node bundle.mjs TOOL import|require cjs|esm`, each tool as its users set it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [tool, from, to] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const entry = resolve(from === 'import' ? 'service.mjs' : 'service.cjs');
const out = resolve('out');
const fileName = to === 'esm' ? 'service.mjs' : 'service.cjs';
// The usual answer to packages of CommonJS in an ES module.
const REQUIRE = "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";

const TOOLS = { esbuild, rollup: rollUp, webpack, rspack, ncc };

await TOOLS[tool]();

async function esbuild() {
  await require('esbuild').build({
    banner: to === 'esm' ? { js: REQUIRE } : {},
    bundle: true,
    entryPoints: [entry],
    format: to,
    logLevel: 'error',
    outfile: join(out, fileName),
    platform: 'node',
  });
}

async function rollUp() {
  const { rollup } = await import('rollup');
  const plugins = ['commonjs', 'json'].map((name) => require(`@rollup/plugin-${name}`)());
  const { nodeResolve } = require('@rollup/plugin-node-resolve');
  const bundle = await rollup({
    input: entry,
    onwarn: () => undefined,
    plugins: [nodeResolve({ exportConditions: ['node'], preferBuiltins: true }), ...plugins],
  });
  await bundle.write({ file: join(out, fileName), format: to, inlineDynamicImports: true });
  await bundle.close();
}

function webpack() {
  return pack(require('webpack'));
}

async function rspack() {
  await pack((await import('@rspack/core')).rspack);
}

function pack(start) {
  const isModule = to === 'esm';
  const options = {
    mode: 'production',
    target: 'node20',
    entry,
    output: { path: out, filename: fileName, ...(isModule && { module: true, chunkFormat: 'module' }) },
    ...(isModule && { experiments: { outputModule: true } }),
  };
  return new Promise((fulfil, reject) => {
    start(options, (error, stats) => {
      if (error) reject(error);
      else if (stats.hasErrors()) reject(new Error(stats.toString('errors-only')));
      else fulfil();
    });
  });
}

async function ncc() {
  const command = join(require.resolve('@vercel/ncc/package.json'), '../dist/ncc/cli.js');
  execFileSync(process.execPath, [command, 'build', entry, '--out', out, '--quiet']);
  mkdirSync(out, { recursive: true });
  renameSync(join(out, to === 'esm' ? 'index.mjs' : 'index.cjs'), join(out, fileName));
}
