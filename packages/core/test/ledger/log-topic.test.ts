import { expect, it } from 'vitest';
import type { DeliveryEvent } from '../../src/ledger/delivery-event.ts';
import { topicOf } from '../../src/ledger/log-topic.ts';
import { NOTHING_WAITS } from '../sending/support/lines.ts';

const TARGET = 'InfluxDB http://db:8086';
const SITUATION = {
  ...NOTHING_WAITS,
  bytesPerPoint: 200,
  maxSpoolBytes: 0,
  oldestPendingMs: 12_000,
  pending: 43,
  pointsPerSecond: 250,
};
const RETRY = {
  kind: 'retry',
  delayMs: 500,
  failures: 1,
  needsOperator: false,
  reason: 'connect ECONNREFUSED',
} as const;
const ROOM = '43 points wait, the oldest for 12 s; 32 MiB of memory is full in 11 minutes at this rate';

const CASES: readonly (readonly [string, DeliveryEvent, string])[] = [
  [
    'a database that is away',
    RETRY,
    `${TARGET} accepts no points (connect ECONNREFUSED); ${ROOM}; they are sent as soon as it does`,
  ],
  [
    'a wrong token',
    { ...RETRY, needsOperator: true, reason: 'HTTP 401: unauthorized access' },
    `${TARGET} refuses the credentials until someone acts (HTTP 401: unauthorized access); ${ROOM}; run \`npx @influx-monitoring/cli doctor\``,
  ],
  [
    'a bucket that is missing',
    { ...RETRY, needsOperator: true, reason: 'HTTP 404: bucket "x" not found' },
    `${TARGET} refuses all points until someone acts (HTTP 404: bucket "x" not found); ${ROOM}; run \`npx @influx-monitoring/cli doctor\``,
  ],
  [
    'a database that is back',
    { kind: 'recovered', failures: 3 },
    `${TARGET} accepts points again; 43 points are being sent`,
  ],
  [
    'memory that is full',
    { kind: 'drop', count: 7, reason: 'memory_full', series: 'requests' },
    `7 points of requests dropped: memory_full; 32 MiB of memory is full: bring ${TARGET} back, then set ` +
      'MONITORING_SPOOL_FOLDER or raise MONITORING_MAX_MEMORY_MIB',
  ],
  [
    'a spool that is full',
    { kind: 'drop', count: 1, reason: 'spool_full', series: '' },
    `1 point of several series dropped: spool_full; 0 KiB of spool is full: bring ${TARGET} back, then raise maxSpoolBytes`,
  ],
  [
    'points that cannot be stored',
    { kind: 'drop', count: 1, reason: 'unstorable', series: 'own' },
    '1 point of own dropped: unstorable; correct the code that records them: each point needs a field with a value',
  ],
  [
    'points that are refused and kept',
    { kind: 'deadLetter', count: 2, isKept: true, reason: 'HTTP 400: field type conflict' },
    `${TARGET} refuses 2 points, kept as dead letters: HTTP 400: field type conflict; correct the cause, then run ` +
      '`npx @influx-monitoring/cli replay`',
  ],
  [
    'points that are refused and gone',
    { kind: 'deadLetter', count: 2, isKept: false, reason: 'HTTP 400: field type conflict' },
    `${TARGET} refuses 2 points: HTTP 400: field type conflict; they are gone: correct the cause, and set ` +
      'MONITORING_SPOOL_FOLDER to keep such points',
  ],
];

it.each(CASES)('names database, cause, what waits and the next step: %s', (_name, event, expected) => {
  const topic = topicOf(event, TARGET);
  expect(topic).toBeDefined();
  expect(`${topic?.text(topic.count) ?? ''}; ${topic?.advice?.(SITUATION) ?? ''}`).toBe(expected);
});

it('says nothing of what waits once nothing does', () => {
  expect(topicOf({ kind: 'recovered', failures: 1 }, TARGET)?.advice?.(NOTHING_WAITS)).toBe('');
});
