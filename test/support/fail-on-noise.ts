import { afterEach, beforeEach, expect, vi, type MockInstance } from 'vitest';

/**
 * Fails a test that prints: what monitoring has to say goes to the logger it was given, and a test that wants a line
 * on the console spies on it itself.
 */
const METHODS = ['log', 'info', 'warn', 'error', 'debug'] as const;

const spies = new Map<string, MockInstance>();

beforeEach(() => {
  for (const method of METHODS) spies.set(method, vi.spyOn(console, method));
});

afterEach(() => {
  const printed = [...spies].flatMap(([method, spy]) => spy.mock.calls.map((call: unknown[]) => [method, ...call]));
  for (const spy of spies.values()) spy.mockRestore();
  expect(printed, 'a test printed').toEqual([]);
});
