import { describe, expect, it } from 'vitest';
import { isFailedStatus, pointsOfRequest, RequestData, statusOf, type RequestOutcome } from '../../../src/internal.ts';

function outcomeOf(given: Partial<RequestOutcome> = {}): RequestOutcome {
  return {
    data: new RequestData('the-id'),
    errorCode: () => undefined,
    executionTime: 0.123_456_789,
    method: 'GET',
    onUnreadable: () => undefined,
    requestTime: 1,
    resource: '/users/:id',
    service: 'shop',
    statusCode: 200,
    ...given,
  };
}

describe('the outcome of a request', () => {
  it('is one point where it succeeded, with a duration of microseconds', () => {
    const [point, ...others] = pointsOfRequest(outcomeOf());
    expect(others).toEqual([]);
    expect(point?.tags).toEqual({ route: 'GET:/users/:id', service: 'shop', status_code: 200 });
    expect(point?.fields).toEqual({ request_id: 'the-id', execution_time: 0.123_457 });
  });

  it('is 499 where it did not finish, and failed from 400 on', () => {
    expect([statusOf(true, 200), statusOf(false, 200), statusOf(false, 500)]).toEqual([200, 499, 499]);
    expect([399, 400, 499, 500].map(isFailedStatus)).toEqual([false, true, true, true]);
  });

  it.each([
    [29_001, 'ASKED', 29_001],
    [undefined, 'ASKED', 'ASKED'],
    ['', undefined, 503],
  ])('has the code of its data (%s), else the one it is asked for (%s), else the status', (own, asked, code) => {
    const data = new RequestData('the-id');
    data.errorCode = own;
    const points = pointsOfRequest(outcomeOf({ data, errorCode: () => asked, statusCode: 503 }));
    expect(points.map(({ series }) => series)).toEqual(['requests', 'errors']);
    expect(points[1]?.tags['error_code']).toBe(code);
  });

  it('is OTHER where Node knows no such method', () => {
    expect(pointsOfRequest(outcomeOf({ method: 'MADE-UP' }))[0]?.tags['route']).toBe('OTHER:/users/:id');
  });

  it('has the tags and fields of options, of its data over those, and ours over both', () => {
    const data = new RequestData('the-id');
    data.tags['plan'] = 'gold';
    data.fields['rows'] = 2;
    data.fields['bytes_written'] = 'mine';
    const [point] = pointsOfRequest(
      outcomeOf({
        additionalFields: { rows: 1, size: 3 },
        additionalTags: { plan: 'free', region: 'eu' },
        data,
        ownFields: { bytes_written: 7n },
      }),
    );
    expect(point?.tags).toMatchObject({ plan: 'gold', region: 'eu' });
    expect(point?.fields).toMatchObject({ bytes_written: 7n, rows: 2, size: 3 });
  });

  it('leaves out what cannot be read, and counts it', () => {
    let unreadable = 0;
    const data = new RequestData('the-id');
    Object.defineProperty(data.tags, 'plan', {
      enumerable: true,
      get() {
        throw new Error('not loaded');
      },
    });
    data.tags['region'] = 'eu';
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const [point] = pointsOfRequest(
      outcomeOf({
        // What a function in plain JavaScript may give.
        additionalFields: 'text' as unknown as undefined,
        additionalTags: proxy,
        data,
        onUnreadable: () => (unreadable += 1),
      }),
    );
    expect(point?.tags).toEqual({ region: 'eu', route: 'GET:/users/:id', service: 'shop', status_code: 200 });
    expect(unreadable).toBe(3);
  });
});
