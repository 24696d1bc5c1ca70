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

/**
 * `import { request } from 'node:http'` asks an ES module of Node's for all that it exports, which on Node 24 loads the
 * WebSocket of undici and with it HTTP/2: 17.6 MiB and 110 modules where `require` takes 4.1 MiB and 38, and a service that
 * uses CommonJS packages such as Express has no other use for. So what is built takes Node's modules as `require` does.
 */
const NODE_IMPORT = /^import (?:(\w+)(?:, )?)?(\{[^}]*\})? from "(node:[\w/]+)";$/gm;
const ANY_NODE_IMPORT = /^(?:import|export) .*"node:.*$/m;

/** Not ASCII: V8 keeps a text in which one such character stands with two bytes each. It stands in literals alone. */
const WIDE = /[^\0-\x7f]/g;

function asEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function takeBuiltins(code: string, fileName: string): string {
  const taken = code.replace(
    NODE_IMPORT,
    (_import, whole: string | undefined, names: string | undefined, module: string) =>
      [whole, names?.replace(/ as /g, ': ')]
        .filter((target) => target !== undefined)
        .map((target) => `const ${target} = process.getBuiltinModule("${module}");`)
        .join(' '),
  );
  const [left] = ANY_NODE_IMPORT.exec(taken) ?? [];
  if (left !== undefined) throw new Error(`${fileName}: expected an import by names, got ${left}`);
  return taken;
}

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
  outputOptions: {
    // A process keeps the text of all code that it has loaded, and half of ours are comments, which the sources have.
    comments: { annotation: true, jsdoc: false, legal: true },
    // The sources are in the package: a second copy in the maps would double it.
    sourcemapExcludeSources: true,
  },
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
      name: 'small-in-memory',
      generateBundle: (_options, bundle) => {
        for (const output of Object.values(bundle)) {
          if (output.type !== 'chunk' || !/\.[cm]js$/.test(output.fileName)) continue;
          const narrow = output.code.replace(WIDE, asEscape);
          output.code = output.fileName.endsWith('.mjs') ? takeBuiltins(narrow, output.fileName) : narrow;
        }
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
