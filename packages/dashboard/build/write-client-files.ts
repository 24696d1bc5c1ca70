/** Writes the page's files as a module that the build puts into the package: a bundled service finds them too. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { bundleClient } from './bundle-client.ts';

// As in tsdown.config.ts.
const MODULE = new URL('../.tsbuild/client-files.mjs', import.meta.url);

mkdirSync(new URL('.', MODULE), { recursive: true });
writeFileSync(
  MODULE,
  `const FILES = ${JSON.stringify(bundleClient())};\n\nexport function readClientFiles() {\n  return FILES;\n}\n`,
);
