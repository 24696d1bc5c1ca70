import { createRequire } from 'node:module';

/**
 * Loads a dependency when it is first needed: together they take 22 MiB of memory, and a process needs one of the
 * InfluxDB clients at most.
 */
export const loadModule: (name: string) => unknown = createRequire(import.meta.url);
