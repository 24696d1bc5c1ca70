import { defineConfig } from 'tsdown';

/**
 * Plain JavaScript, so that what is measured is what users run: tsx names each closure anew at every call, which made
 * a middleware's closures five times slower.
 */
const build = defineConfig({
  cwd: import.meta.dirname,
  entry: {
    main: 'src/main.ts',
    'http-child': 'src/http-child.ts',
    'counting-child': 'src/counting/child.ts',
    'fold-child': 'src/fold-child.ts',
    'outage-child': 'src/outage-child.ts',
    'write-child': 'src/write-child.ts',
    'ws-clients': 'src/ws-clients.ts',
  },
  format: ['esm'],
  dts: false,
  fixedExtension: false,
  platform: 'node',
  target: 'node20.19',
  // The test servers are TypeScript, and go in; all else is measured as it was published.
  deps: { alwaysBundle: [/test\/servers/], neverBundle: [/^@influx-monitoring\//] },
});

export default build;
