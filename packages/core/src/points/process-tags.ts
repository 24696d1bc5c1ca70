import { hostname } from 'node:os';
import { threadId } from './thread-id.ts';
import type { Tags } from './base-point.ts';

/** Tags of a point that is about one process: they tell apart the processes of a service. `thread` is 0 for the main one. */
export function processTags(service: string): Tags {
  return { host: hostname(), pid: process.pid, service, thread: threadId() };
}
