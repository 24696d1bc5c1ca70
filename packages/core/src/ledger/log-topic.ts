import type { Logger } from '../logger.ts';
import { safeText } from '../process/outside-text.ts';
import { bytesText, pointsText } from './amount-text.ts';
import type { DeliveryEvent, EventOf } from './delivery-event.ts';
import type { DropReason } from './drop-reason.ts';
import type { LogCode } from './log-line.ts';
import { waitingText, type Situation } from './situation.ts';

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
  /** What follows the text: what waits, and what to do next. */
  readonly advice: ((situation: Situation) => string) | undefined;
  /** This topic, where events before it were not told yet. */
  readonly mergedWith: (earlier: LogTopic) => LogTopic;
}

const OVERFLOW_TEXTS: Readonly<Record<EventOf<'overflow'>['limit'], (tag: string, maxTagValues: number) => string>> = {
  keys: () => 'there have been 1,000 tag keys: new ones are left out',
  memory: (tag) => `the values of ${tag} have filled the memory for tags: new ones become "other"`,
  values: (tag, maxTagValues) => `${tag} has had ${String(maxTagValues)} values: new ones become "other"`,
};

/** What is told of a change in the spool. */
interface SpoolText {
  readonly code: LogCode;
  readonly text: string;
}

const SPOOL_TEXTS: Readonly<Record<EventOf<'spool'>['change'], SpoolText | undefined>> = {
  adopted: { code: 'MON_SPOOL_ADOPTED', text: 'of a process that has ended were taken over' },
  broken: {
    code: 'MON_SPOOL_BROKEN',
    text: 'a segment of the spool is broken; it is kept in broken/, or where it is',
  },
  full: { code: 'MON_SPOOL_FULL', text: 'the spool is full: its oldest points are dropped' },
  spilled: undefined,
  unwritable: { code: 'MON_SPOOL_UNWRITABLE', text: 'the spool cannot be written, so points wait in memory' },
  writable: undefined,
};

/** What to do about points that were dropped, as what follows a semicolon. */
const DROP_ADVICE: Readonly<Record<DropReason, (target: string, situation: Situation) => string>> = {
  memory_full: (target, { maxMemoryBytes }) =>
    `${bytesText(maxMemoryBytes)} of memory is full: bring ${target} back, then set MONITORING_SPOOL_FOLDER or raise ` +
    'MONITORING_MAX_MEMORY_MIB',
  spool_broken: () => 'look at the disk of the spool folder',
  spool_full: (target, { maxSpoolBytes }) =>
    `${bytesText(maxSpoolBytes)} of spool is full: bring ${target} back, then raise maxSpoolBytes`,
  stopped: () => 'call stop() last, and set MONITORING_SPOOL_FOLDER to keep what it cannot send',
  unstorable: () => 'correct the code that records them: each point needs a field with a value',
};

const TAG_ADVICE = 'record ids as fields, or set tagBuckets or MONITORING_MAX_TAG_VALUES';
const DOCTOR = 'run `npx @influx-monitoring/cli doctor`';
const REPLAY = 'correct the cause, then run `npx @influx-monitoring/cli replay`';
const NOT_KEPT = 'they are gone: correct the cause, and set MONITORING_SPOOL_FOLDER to keep such points';

/** Reasons that are about who asks, whatever the database says further. */
const IS_ABOUT_CREDENTIALS = /^HTTP 40[13]\b/;

/**
 * What is told of an event; `undefined` for what no operator needs.
 *
 * @param target - the database, as a line names it
 */
export function topicOf(event: DeliveryEvent, target: string): LogTopic | undefined {
  switch (event.kind) {
    case 'drop':
      return dropTopic(event, target);
    case 'deadLetter':
      return deadLetterTopic(event, target);
    case 'retry':
      return retryTopic(event, target);
    case 'overflow':
      return overflowTopic(event);
    case 'recovered':
      return {
        ...plain('info', 'MON_RECOVERED', 'recovered', `${target} accepts points again`),
        advice: ({ pending }) => (pending === 0 ? '' : `${pointsText(pending)} are being sent`),
      };
    case 'spool':
      return spoolTopic(event);
  }
}

function plain(level: keyof Logger, code: LogCode, name: string, text: string): LogTopic {
  const topic: LogTopic = {
    code,
    name,
    level,
    count: 0,
    isCounted: false,
    text: () => text,
    advice: undefined,
    mergedWith: () => topic,
  };
  return topic;
}

function counted(
  code: LogCode,
  name: string,
  count: number,
  text: (count: number) => string,
  advice?: LogTopic['advice'],
): LogTopic {
  const topic: LogTopic = { code, name, level: 'error', count, isCounted: true, text, advice, mergedWith: () => topic };
  return topic;
}

function retryTopic({ needsOperator, reason }: EventOf<'retry'>, target: string): LogTopic {
  if (!needsOperator) {
    return {
      ...plain('warn', 'MON_WAITING', 'retry', `${target} accepts no points (${reason})`),
      advice: (situation) => `${waitingText(situation)}; they are sent as soon as it does`,
    };
  }
  const what = IS_ABOUT_CREDENTIALS.test(reason) ? 'the credentials' : 'all points';
  return {
    ...plain('error', 'MON_NEEDS_OPERATOR', 'operator', `${target} refuses ${what} until someone acts (${reason})`),
    advice: (situation) => `${waitingText(situation)}; ${DOCTOR}`,
  };
}

function dropTopic({ count, reason, series }: EventOf<'drop'>, target: string): LogTopic {
  const advice = (situation: Situation): string => DROP_ADVICE[reason](target, situation);
  const named = (name: string): LogTopic =>
    counted(
      'MON_DROPPED',
      `drop ${reason}`,
      count,
      (total) => `${pointsText(total)} of ${name} dropped: ${reason}`,
      advice,
    );
  const own = named(series === '' ? 'several series' : safeText(series));
  // The same words but for the number are of the same series.
  return { ...own, mergedWith: (earlier) => (earlier.text(1) === own.text(1) ? own : named('several series')) };
}

/** A topic for each reason: it is told once an episode, with all that was refused for it. */
function deadLetterTopic({ count, isKept, reason }: EventOf<'deadLetter'>, target: string): LogTopic {
  const kept = isKept ? ', kept as dead letters' : '';
  return counted(
    'MON_REFUSED',
    `deadLetter ${reason}`,
    count,
    (total) => `${target} refuses ${pointsText(total)}${kept}: ${reason}`,
    () => (isKept ? REPLAY : NOT_KEPT),
  );
}

function overflowTopic({ limit, maxTagValues, tag }: EventOf<'overflow'>): LogTopic {
  return {
    ...plain('warn', 'MON_TAG_LIMIT', `overflow ${tag}`, OVERFLOW_TEXTS[limit](tag, maxTagValues)),
    advice: () => TAG_ADVICE,
  };
}

function spoolTopic({ change, count, reason }: EventOf<'spool'>): LogTopic | undefined {
  const told = SPOOL_TEXTS[change];
  if (told === undefined) return undefined;
  const { code, text } = told;
  if (change === 'adopted')
    return { ...counted(code, 'spool adopted', count, (total) => `${pointsText(total)} ${text}`), level: 'info' };
  return plain('warn', code, `spool ${change}`, `${text}: ${reason}`);
}
