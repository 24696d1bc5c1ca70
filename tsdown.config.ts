import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig } from 'tsdown';

const SOURCE_CONDITION = '@influx-monitoring/source';

/** The sources of what a package exports, by its own word. */
function entries(): string[] {
  // npm holds a manifest to this shape.
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly exports: Readonly<Record<string, string | Readonly<Record<string, unknown>>>>;
  };
  return Object.values(exports).flatMap((target) => {
    const source = typeof target === 'string' ? undefined : target[SOURCE_CONDITION];
    return typeof source === 'string' ? [source] : [];
  });
}

/** The one file of a package that is CommonJS in its source: what it loads stays literal only where nothing rewrites it. */
const LOADER = 'src/process/load-package.cjs';
const hasLoader = existsSync(LOADER);

/** What stands for a source file that bundles the page at run time: the page as it was bundled for this build. */
const CLIENT_FILES = resolve('.tsbuild/client-files.mjs');

/** One build for every package: ESM and CommonJS, with types for each. */
const build = defineConfig({
  // The package whose script called; tsdown would take the folder of this file.
  cwd: process.cwd(),
  entry: entries(),
  format: ['esm', 'cjs'],
  // What is marked internal is nobody's: left in, the declarations of an ESM and a CommonJS copy would contradict each other.
  dts: { compilerOptions: { stripInternal: true }, sourcemap: false },
  fixedExtension: true,
  inputOptions: { checks: { pluginTimings: false } },
  // The sources are in the package: a second copy in the maps would double it.
  outputOptions: { sourcemapExcludeSources: true },
  platform: 'node',
  ...(hasLoader && { copy: [LOADER] }),
  plugins: [
    {
      name: 'loader-as-it-is',
      resolveId: {
        filter: { id: /\/load-package\.cjs$/ },
        handler: () => ({ id: './load-package.cjs', external: true }),
      },
    },
    {
      name: 'page-as-it-was-bundled',
      resolveId: { filter: { id: /\/source-client-files\.ts$/ }, handler: () => CLIENT_FILES },
    },
  ],
  sourcemap: true,
  target: 'node20.19',
});

// tsdown reads a default export; our own code has none.
export default build;
