/** The spool's files, for tools that look into them: `@influx-monitoring/core/spool`. */
export {
  claimSpoolQueue,
  listSpoolQueue,
  listSpoolQueues,
  readSpoolSegment,
  type SpoolQueue,
  type SpoolSegment,
} from './spool/reader.ts';
