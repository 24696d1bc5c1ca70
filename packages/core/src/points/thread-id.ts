/**
 * The number of this thread, 0 for the main one.
 *
 * Node's module comes when it is asked for: only spools and the series `process` ask, and its parts take 0.6 MiB.
 */
export function threadId(): number {
  return process.getBuiltinModule('node:worker_threads').threadId;
}
