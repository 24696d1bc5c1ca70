import { describe, expect, it } from 'vitest';
import { LineEncoder } from '../../src/lines/encode.ts';
import { WSRequestPoint, type HeadKeeper } from '../../src/points/sender-points.ts';

const STAMP = '1536751345000000000';

function newKeeper(): HeadKeeper {
  return { keptBy: undefined, keptAccountId: '', keptService: '', keptText: '' };
}

function send(accountId: string, service: string, keeper?: HeadKeeper): WSRequestPoint {
  return new WSRequestPoint({ eventTime: 1, requestId: 'id', transportTime: 0.25, accountId, service, keeper });
}

describe('a keeper of heads', () => {
  it('changes no line, whatever accounts and services its points have, in whichever encoder', () => {
    const keeper = newKeeper();
    const plain = new LineEncoder({ maxTagValues: 100 });
    const encoders = [
      new LineEncoder({ maxTagValues: 100 }),
      new LineEncoder({ maxTagValues: 100, tagBuckets: { account_id: 16 } }),
    ];
    const bucketed = new LineEncoder({ maxTagValues: 100, tagBuckets: { account_id: 16 } });
    for (const [account, service] of ['a s', 'a s', 'b s', 'b t', 'a t', 'a s', 'a, s'].map((text) =>
      text.split(' '),
    )) {
      const lines = encoders.map((encoder) => encoder.encode(send(account ?? '', service ?? '', keeper), STAMP));
      const expected = [plain, bucketed].map((encoder) => encoder.encode(send(account ?? '', service ?? ''), STAMP));
      expect(lines).toEqual(expected);
    }
  });

  it('is asked after the first point', () => {
    const encoder = new LineEncoder({ maxTagValues: 100 });
    const keeper = newKeeper();
    encoder.encode(send('a', 's', keeper), STAMP);
    expect(keeper).toMatchObject({ keptAccountId: 'a', keptService: 's' });
    keeper.keptText = 'kept';
    expect(encoder.encode(send('a', 's', keeper), STAMP)).toBe(`keptid",transport_time=0.25 ${STAMP}`);
  });

  it('gets none of which something has to be counted each time', () => {
    const encoder = new LineEncoder({ maxTagValues: 1 });
    const keeper = newKeeper();
    encoder.encode(send('first', 's'), STAMP);
    for (let sent = 0; sent < 3; sent += 1) encoder.encode(send('second', 's', keeper), STAMP);
    expect(encoder.overflows).toEqual(new Map([['ws_requests.account_id', 3]]));
  });
});

describe('sends that end in a row', () => {
  it('have each its own id and duration, whichever of them changes', () => {
    const encoder = new LineEncoder({ maxTagValues: 100 });
    const fieldsOf = (requestId: string, transportTime: number): string => {
      const point = new WSRequestPoint({ eventTime: 1, requestId, transportTime, accountId: 'a', service: 's' });
      return encoder.encode(point, STAMP)?.split(' ')[1] ?? '';
    };
    const ends = [
      ['id', 0.25],
      ['id', 0.25],
      ['other', 0.25],
      ['other', 0.5],
      ['id', 0.5],
      ['id', 0.25],
    ] as const;
    expect(ends.map(([requestId, seconds]) => fieldsOf(requestId, seconds))).toEqual(
      ends.map(([requestId, seconds]) => `request_id="${requestId}",transport_time=${String(seconds)}`),
    );
  });
});
