import type { Logger } from '../logger.ts';
import { safeText } from '../process/outside-text.ts';
import type { DeliveryEvent, EventOf } from './delivery-event.ts';
import type { LogCode } from './log-line.ts';

/** What the log says of events that belong together. */
export interface LogTopic {
  readonly code: LogCode;
  readonly name: string;
  readonly level: keyof Logger;
  /** How many points an event is about. */
  readonly count: number;
  /** Whether counts that were not told are told later. */
  readonly isCounted: boolean;
  readonly text: (count: number) => string;
  /** This topic, where events before it were not told yet. */
  readonly mergedWith: (earlier: LogTopic) => LogTopic;
}

const OVERFLOW_TEXTS: Readonly<Record<EventOf<'overflow'>['limit'], (tag: string, maxTagValues: number) => string>> = {
  keys: () => 'there have been 1000 tag keys: new ones are left out',
  memory: (tag) => `the values of ${tag} fill the memory for tags: new ones become "other"`,
  values: (tag, maxTagValues) => `${tag} has had ${String(maxTagValues)} values: new ones become "other"`,
};

/** What is told of a change in the spool. */
interface SpoolText {
  readonly code: LogCode;
  readonly text: string;
}

const SPOOL_TEXTS: Readonly<Record<EventOf<'spool'>['change'], SpoolText | undefined>> = {
  adopted: { code: 'MON_SPOOL_ADOPTED', text: 'points of a process that has ended were taken over' },
  broken: {
    code: 'MON_SPOOL_BROKEN',
    text: 'a segment of the spool is broken, and kept aside or left where it is',
  },
  full: { code: 'MON_SPOOL_FULL', text: 'the spool is full: its oldest points are dropped' },
  spilled: undefined,
  unwritable: { code: 'MON_SPOOL_UNWRITABLE', text: 'the spool cannot be written, so points wait in memory' },
  writable: undefined,
};

/** What is told of an event; `undefined` for what no operator needs. */
export function topicOf(event: DeliveryEvent): LogTopic | undefined {
  switch (event.kind) {
    case 'drop':
      return dropTopic(event);
    case 'deadLetter':
      return deadLetterTopic(event);
    case 'retry':
      return event.needsOperator
        ? plain('error', 'MON_NEEDS_OPERATOR', 'operator', `points wait until someone acts: ${event.reason}`)
        : plain('warn', 'MON_WAITING', 'retry', `points wait for the database: ${event.reason}`);
    case 'overflow':
      return overflowTopic(event);
    case 'recovered':
      return plain('info', 'MON_RECOVERED', 'recovered', 'the database takes points again');
    case 'spool':
      return spoolTopic(event);
  }
}

function plain(level: keyof Logger, code: LogCode, name: string, text: string): LogTopic {
  const topic: LogTopic = { code, name, level, count: 0, isCounted: false, text: () => text, mergedWith: () => topic };
  return topic;
}

function counted(code: LogCode, name: string, count: number, text: (count: number) => string): LogTopic {
  const topic: LogTopic = { code, name, level: 'error', count, isCounted: true, text, mergedWith: () => topic };
  return topic;
}

function dropTopic({ count, reason, series }: EventOf<'drop'>): LogTopic {
  const named = (name: string): LogTopic =>
    counted('MON_DROPPED', `drop ${reason}`, count, (total) => `${points(total)} of ${name} dropped: ${reason}`);
  const own = named(series === '' ? 'several series' : safeText(series));
  // The same words but for the number are of the same series.
  return { ...own, mergedWith: (earlier) => (earlier.text(1) === own.text(1) ? own : named('several series')) };
}

/** A topic for each reason: it is told once an episode, with all that was refused for it. */
function deadLetterTopic({ count, isKept, reason }: EventOf<'deadLetter'>): LogTopic {
  const kept = isKept ? ', kept as dead letters' : '';
  return counted(
    'MON_REFUSED',
    `deadLetter ${reason}`,
    count,
    (total) => `the database refuses ${points(total)}${kept}: ${reason}`,
  );
}

function overflowTopic({ limit, maxTagValues, tag }: EventOf<'overflow'>): LogTopic {
  return plain('warn', 'MON_TAG_LIMIT', `overflow ${tag}`, OVERFLOW_TEXTS[limit](tag, maxTagValues));
}

function spoolTopic({ change, count, reason }: EventOf<'spool'>): LogTopic | undefined {
  const told = SPOOL_TEXTS[change];
  if (told === undefined) return undefined;
  const { code, text } = told;
  if (change === 'adopted')
    return { ...counted(code, 'spool adopted', count, (total) => `${points(total)}: ${text}`), level: 'info' };
  return plain('warn', code, `spool ${change}`, `${text}: ${reason}`);
}

function points(count: number): string {
  return `${String(count)} ${count === 1 ? 'point' : 'points'}`;
}
