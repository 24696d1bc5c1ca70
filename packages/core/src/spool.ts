/** The spool's files, for tools that look into them: `@influx-monitoring/core/spool`. */
export { claimDeadFolder as claimSpoolQueue } from './spool/lock.ts';
export {
  listSpoolQueue,
  listSpoolQueues,
  readSpoolSegment,
  type SpoolQueue,
  type SpoolSegment,
} from './spool/reader.ts';
