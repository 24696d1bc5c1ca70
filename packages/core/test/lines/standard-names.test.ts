import { describe, expect, it } from 'vitest';
import { LineEncoder } from '../../src/lines/encode.ts';
import { RequestErrorMonitoringPoint, RequestMonitoringPoint } from '../../src/points/request-points.ts';
import { ErrorPoint, SubscribeRedisPoint, WSRequestPoint } from '../../src/points/sender-points.ts';

/** Additional data that would be in the place of the standard ones, or leave them no room. */
const GREEDY: Readonly<Record<string, { tags?: object; fields?: object }>> = {
  'tags named like fields': { tags: named('request_id', 'execution_time', 'transport_time', 'count') },
  'fields named like tags': { fields: named('route', 'service', 'status_code', 'error_code', 'account_id', 'chanel') },
  'tags named like tags': { tags: named('route', 'service', 'status_code', 'error_code') },
  'fields named like fields': { fields: named('request_id', 'execution_time', 'transport_time', 'count') },
  'tags that become standard ones on the wire': {
    tags: named('route\\', 'service\\', 'status_code\\', 'error_code\\', 'request_id\\'),
  },
  'fields that become standard ones on the wire': {
    fields: named('request_id\\', 'execution_time\\', 'transport_time\\', 'count\\'),
  },
  '64 tags': { tags: many(64, 'x') },
  '64 long tags': { tags: many(64, 'x'.repeat(5000)) },
  '128 fields': { fields: many(128, 1) },
  'nine huge texts': { fields: many(9, 'x'.repeat(65_000)) },
};

const request = {
  executionTime: 0.25,
  method: 'GET',
  requestId: 'the-id',
  requestTime: 1,
  resource: '/users/:id',
  service: 'shop',
  statusCode: 500,
};

describe.each(Object.entries(GREEDY))('%s', (_name, given) => {
  const additional = { additionalFields: given.fields as never, additionalTags: given.tags as never };

  it.each([
    [
      new RequestMonitoringPoint({ ...request, ...additional }),
      'requests,route=GET:/users/:id,service=shop,status_code=500',
      ' request_id="the-id",execution_time=0.25',
    ],
    [
      new RequestErrorMonitoringPoint({ ...request, errorCode: 11042, ...additional }),
      'errors,error_code=11042,route=GET:/users/:id,service=shop,status_code=500',
      ' request_id="the-id"',
    ],
    [
      new ErrorPoint({ errorCode: 7, eventTime: 1, service: 'shop', ...additional }),
      'subscription_error,error_code=7,service=shop',
      ' count=1i',
    ],
    [
      new WSRequestPoint({
        accountId: 'a',
        eventTime: 1,
        requestId: 'the-id',
        service: 'shop',
        transportTime: 0.5,
        ...additional,
      }),
      'ws_requests,account_id=a,service=shop',
      ' request_id="the-id",transport_time=0.5',
    ],
    [
      new SubscribeRedisPoint({ channel: 'c', eventTime: 1, requestId: 'the-id', service: 'shop', ...additional }),
      'redis_message,chanel=c,service=shop',
      ' request_id="the-id"',
    ],
  ])('leave what is standard: %o', (point, tags, fields) => {
    const line = new LineEncoder({ maxTagValues: 100 }).encode(point, '1') ?? '';
    expect(line.startsWith(tags)).toBe(true);
    expect(line).toContain(fields);
    for (const pair of [...tags.split(',').slice(1), ...fields.trim().split(',')]) {
      const [name = ''] = pair.split('=');
      // Each name once: version 3 refuses a line that has one twice.
      expect(line.split(new RegExp(`[, ]${name}=`))).toHaveLength(2);
    }
  });
});

function named(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, 'forged']));
}

function many(count: number, value: unknown): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: count }, (_each, at) => [`own${String(at)}`, value]));
}
