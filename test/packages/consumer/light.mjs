import { ok, strictEqual } from 'node:assert';
import '@influx-monitoring/core';
import '@influx-monitoring/express';
import '@influx-monitoring/redis';
import '@influx-monitoring/ws';

/** What `import 'node:http'`, `'node:crypto'`, `'node:fs'` of an ES module load and nothing here needs, and what is loaded later. */
const NOT_NEEDED = [
  'internal/deps/undici/undici',
  'http2',
  'internal/crypto/webcrypto',
  'fs/promises',
  'worker_threads',
  'v8',
];

// Of the process itself, with what this file imports: a list for those who look into a process.
const loaded = process.moduleLoadList;
ok(loaded.includes('NativeModule http'), 'http is loaded, so the list has what was loaded');
for (const name of NOT_NEEDED) strictEqual(loaded.includes(`NativeModule ${name}`), false, name);
