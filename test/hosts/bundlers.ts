import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host, HostPlace } from './host.ts';
import { runProgram } from './program.ts';
import { REQUESTS_A_SERVICE, Trial } from './trial.ts';

type Way = readonly [from: 'import' | 'require', to: 'cjs' | 'esm'];

const ALL_WAYS: readonly Way[] = [
  ['import', 'cjs'],
  ['import', 'esm'],
  ['require', 'cjs'],
];

/** Bundlers: the service in one file, which then runs where no package is installed. */
export const BUNDLERS: readonly Host[] = [
  bundler('esbuild', { esbuild: '0.28.2' }),
  bundler('rollup', {
    rollup: '4.68.8',
    '@rollup/plugin-commonjs': '29.0.3',
    '@rollup/plugin-json': '6.1.0',
    '@rollup/plugin-node-resolve': '16.0.3',
  }),
  bundler('webpack', { webpack: '5.113.0' }),
  bundler('rspack', { '@rspack/core': '2.3.3' }),
  // It makes of a file what that is: no CommonJS of an ES module.
  bundler('ncc', { '@vercel/ncc': '0.45.0' }, [
    ['import', 'esm'],
    ['require', 'cjs'],
  ]),
];

function bundler(name: string, dependencies: Readonly<Record<string, string>>, ways = ALL_WAYS): Host {
  const [[first, version] = ['', '']] = Object.entries(dependencies);
  return {
    name,
    title: `${first} ${version}`,
    dependencies,
    run: async (place) => {
      for (const way of ways) await bundleAndRun(name, way, place);
      return `${ways.map(([from, to]) => `${from} to ${to}`).join(', ')}; database 2.x, 1.x, from a YAML file, none`;
    },
  };
}

async function bundleAndRun(tool: string, [from, to]: Way, place: HostPlace): Promise<void> {
  const { emptyFolder, folder } = place;
  const out = join(folder, 'out');
  for (const path of [out, emptyFolder]) rmSync(path, { recursive: true, force: true });
  await runProgram([process.execPath, 'bundle.mjs', tool, from, to], { cwd: folder, env: {} });
  cpSync(out, emptyFolder, { recursive: true });
  const bundle = readdirSync(emptyFolder).find((file) => file === `service.${to === 'esm' ? 'mjs' : 'cjs'}`);
  if (bundle === undefined) throw new Error(`${tool} made no bundle of ${from} to ${to}`);
  const run = (env: Readonly<Record<string, string>>) =>
    runProgram([process.execPath, bundle], { cwd: emptyFolder, env });
  for (const flavour of ['2.7', '1.8'] as const) {
    await using trial = await Trial.start(flavour);
    await run(trial.env);
    trial.check(REQUESTS_A_SERVICE);
  }
  await using trial = await Trial.start('1.8');
  const { bucket, port } = trial.influx;
  const file = `monitoring:\n  host: 127.0.0.1\n  port: ${String(port)}\n  version: 1\n  database: ${bucket}\n`;
  await run({ SENT_FILE: join(trial.folder, 'not-compared') });
  writeFileSync(join(emptyFolder, '.influx-monitoringrc.yaml'), file);
  await run({ SENT_FILE: trial.sentFile });
  trial.check(REQUESTS_A_SERVICE);
}
