import { expect, it } from 'vitest';
import { waitingText } from '../../src/ledger/situation.ts';
import { NOTHING_WAITS } from '../sending/support/lines.ts';

const MIB = 1024 ** 2;
const WAITING = {
  ...NOTHING_WAITS,
  bytesPerPoint: 200,
  memoryBytes: 2 * MIB,
  oldestPendingMs: 12_000,
  pending: 43,
  pointsPerSecond: 250,
};

it('says how many points wait, since when, and when memory is full at this rate', () => {
  // 30 MiB by 50,000 bytes a second.
  expect(waitingText(WAITING)).toBe(
    '43 points wait, the oldest for 12 s; 32 MiB of memory is full in 10 minutes at this rate',
  );
});

it('names the spool that comes after memory, and counts by it once it holds points', () => {
  const withSpool = { ...WAITING, maxSpoolBytes: 1024 * MIB };
  expect(waitingText(withSpool)).toMatch(
    /; 32 MiB of memory is full in 10 minutes at this rate, then there is 1 GiB of spool$/,
  );
  // 1,023 MiB by 31 bytes 250 times a second.
  expect(waitingText({ ...withSpool, spoolBytes: MIB, spooled: MIB / 31 })).toMatch(
    /; 1 GiB of spool is full in 38 hours at this rate$/,
  );
});

it('gives no time where the rate is not known, or nothing comes', () => {
  for (const unknown of [{ pointsPerSecond: undefined }, { pointsPerSecond: 0 }, { bytesPerPoint: undefined }]) {
    expect(waitingText({ ...WAITING, ...unknown })).toMatch(/; 32 MiB of memory can hold more$/);
  }
});

it('gives no time below zero where there is more than the bound', () => {
  expect(waitingText({ ...WAITING, memoryBytes: 40 * MIB })).toMatch(/is full in less than 1 s at this rate$/);
});
