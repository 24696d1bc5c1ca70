import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Vitest hands these to Node too. With 'import' among them a CommonJS package's require() would get ES modules:
// Express 5 then fails with "isPromise is not a function". Vite adds 'import' and 'default' where they belong.
const SOURCE_CONDITIONS = ['@influx-monitoring/source', 'node'];
const packageProject = (name: string) => ({
  extends: true as const,
  test: { name, root: `packages/${name}`, include: ['test/**/*.test.ts'] },
});

const configuration = defineConfig({
  resolve: { conditions: SOURCE_CONDITIONS },
  ssr: { resolve: { conditions: SOURCE_CONDITIONS } },
  test: {
    pool: 'forks',
    // By itself vitest leaves one of two cores alone.
    maxWorkers: Math.max(2, availableParallelism()),
    setupFiles: [fileURLToPath(new URL('test/support/fail-on-noise.ts', import.meta.url))],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text', 'json-summary'],
      thresholds: { lines: 95, branches: 95 },
    },
    projects: [
      packageProject('core'),
      packageProject('express'),
      packageProject('ws'),
      packageProject('redis'),
      packageProject('dashboard'),
      packageProject('cli'),
      { extends: true, test: { name: 'whole', root: 'test', include: ['**/*.test.ts'] } },
    ],
  },
});

// vitest reads a default export; our own code has none.
export default configuration;
