import { delivery } from './delivery.ts';
import { messages } from './messages.ts';
import { processes } from './processes.ts';
import { DOWNSAMPLED, FOLDED, RAW } from './reading.ts';
import { requests } from './requests.ts';

/** The dashboards by the names of their files. */
export const DASHBOARDS = {
  'delivery.json': delivery,
  'messages.json': messages(RAW),
  'messages-5m.json': messages(DOWNSAMPLED),
  'messages-folded.json': messages(FOLDED),
  'processes.json': processes,
  'requests.json': requests(RAW),
  'requests-5m.json': requests(DOWNSAMPLED),
  'requests-folded.json': requests(FOLDED),
} as const;
