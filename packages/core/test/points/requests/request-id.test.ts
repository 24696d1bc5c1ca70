import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRequestId, resolveRequestId } from '@influx-monitoring/core/internal';

const LUNA_FORM = /^[0-9]{10},[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}$/;
const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('resolveRequestId', () => {
  it('prefers Luna-Request-Id to X-Request-Id and to traceparent', () => {
    const headers = { 'luna-request-id': 'luna', 'x-request-id': 'x', traceparent: TRACEPARENT };
    expect(resolveRequestId(headers)).toBe('luna');
    expect(resolveRequestId({ ...headers, 'luna-request-id': undefined })).toBe('x');
    expect(resolveRequestId({ traceparent: TRACEPARENT })).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
  });

  it('makes an id in the form of LUNA where no header has one', () => {
    expect(resolveRequestId({})).toMatch(LUNA_FORM);
    expect(createRequestId()).not.toBe(createRequestId());
  });

  it.each([
    ['short', '00-abc-def-01'],
    ['all zero', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['not hexadecimal', `00-${'g'.repeat(32)}-00f067aa0ba902b7-01`],
  ])('passes over a traceparent that is %s', (_name, traceparent) => {
    expect(resolveRequestId({ traceparent })).toMatch(LUNA_FORM);
  });

  it('cuts an id from outside to 256 characters and leaves out what no header may carry', () => {
    expect(resolveRequestId({ 'luna-request-id': 'a'.repeat(1000) })).toBe('a'.repeat(256));
    expect(resolveRequestId({ 'luna-request-id': 'a\r\nSet-Cookie: b\u0000é' })).toBe('aSet-Cookie: b');
    expect(resolveRequestId({ 'luna-request-id': '\t \n', 'x-request-id': 'second' })).toBe('second');
  });
});

describe('createRequestId', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('makes what seconds, a comma and randomUUID would be', () => {
    vi.useFakeTimers();
    for (const seconds of [0, 1, 999_999_999, 1_536_751_345, 10_000_000_000]) {
      vi.setSystemTime(seconds * 1000 + 999);
      const plain = `${String(seconds)},${randomUUID()}`;
      expect(shapeOf(createRequestId())).toBe(shapeOf(plain));
      expect(createRequestId().split(',')[0]).toBe(String(seconds));
    }
  });

  it('is of version 4 and RFC 9562, with every other digit of every value, and never twice the same', () => {
    const count = 20_000;
    const uuids = Array.from({ length: count }, () => createRequestId().split(',')[1] ?? '');
    expect(new Set(uuids).size).toBe(count);
    for (const at of shapeOf(randomUUID()).matchAll(/0/g)) {
      const digits = new Set(uuids.map((uuid) => uuid[at.index]));
      const expected = at.index === 14 ? '4' : at.index === 19 ? '89ab' : '0123456789abcdef';
      expect([...digits].sort().join('')).toBe(expected);
    }
  });

  /** The text with every hexadecimal digit behind the comma as 0. */
  function shapeOf(id: string): string {
    return id.replace(/[0-9a-f](?=[^,]*$)/g, '0');
  }
});
