import { delivery } from './delivery.ts';
import { messages } from './messages.ts';
import { processes } from './processes.ts';
import { requests } from './requests.ts';

/** The dashboards by the names of their files. */
export const DASHBOARDS = {
  'delivery.json': delivery,
  'messages.json': messages,
  'processes.json': processes,
  'requests.json': requests,
} as const;
