/** What the names of the processes' folders begin with; nothing else in the spool folder is ever touched. */
export const QUEUE_PREFIX = 'queue-';

/** The end of a segment's file name. */
export const SEGMENT_SUFFIX = '.segment';

/** The end of the name of the file that says how far a segment is delivered. */
export const CURSOR_SUFFIX = '.cursor';

/** Names the process that a folder belongs to; its time of change is a heartbeat. */
export const OWNER_FILE = 'owner.json';

const QUEUE_NAME = /^queue-[\w.]{0,32}-\d+-\d+-[0-9a-f]{12}$/;
const SEGMENT_NAME = /^\d{15,}-\d{6,}-[0-9a-f]{12}\.segment$/;
const COMPANION_NAME = /^\d{15,}-\d{6,}-[0-9a-f]{12}\.segment\.(?:cursor(?:\.new)?|repaired)$/;

/** Whether a folder has a name as we give it to a queue. */
export function isQueueName(name: string): boolean {
  return QUEUE_NAME.test(name);
}

/** Whether a file has a name as we give it to a segment. */
export function isSegmentName(name: string): boolean {
  return SEGMENT_NAME.test(name);
}

/** Whether a file is one of those that stand beside segments. */
export function isCompanionName(name: string): boolean {
  return name === OWNER_FILE || COMPANION_NAME.test(name);
}
