import { threadId as expected } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { threadId } from '../../src/points/thread-id.ts';

it("is the number of the test's own thread", () => {
  expect(threadId()).toBe(expected);
});
