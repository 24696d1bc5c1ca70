import { defineConfig } from 'tsdown';

/** One build for every package: ESM and CommonJS, with types for each. */
const build = defineConfig({
  // The package whose script called; tsdown would take the folder of this file.
  cwd: process.cwd(),
  entry: ['src/index.ts'],
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
