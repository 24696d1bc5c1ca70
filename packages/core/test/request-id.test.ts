import { describe, expect, it } from 'vitest';
import { createRequestId, resolveRequestId } from '@influx-monitoring/core';

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
