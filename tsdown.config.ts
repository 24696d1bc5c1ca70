import { readFileSync } from 'node:fs';
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

/** One build for every package: ESM and CommonJS, with types for each. */
const build = defineConfig({
  // The package whose script called; tsdown would take the folder of this file.
  cwd: process.cwd(),
  entry: entries(),
  format: ['esm', 'cjs'],
  // What is marked internal is nobody's: left in, the declarations of an ESM and a CommonJS copy would contradict each other.
  dts: { compilerOptions: { stripInternal: true }, sourcemap: false },
  fixedExtension: true,
  platform: 'node',
  sourcemap: true,
  target: 'node20.19',
});

// tsdown reads a default export; our own code has none.
export default build;
