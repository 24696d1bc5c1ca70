import { describe, expect, it } from 'vitest';
import {
  BaseMonitoringAdapter,
  BaseMonitoringPoint,
  BaseRequestMonitoringPoint,
  BaseSenderMonitoringPoint,
  ErrorPoint,
  getRoute,
  RequestErrorMonitoringPoint,
  RequestMonitoringPoint,
  roundToMicroseconds,
  SubscribeRedisPoint,
  WSRequestPoint,
  type Fields,
  type Tags,
} from '@influx-monitoring/core';

const request = {
  requestId: '1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a',
  resource: '/version',
  method: 'GET',
  requestTime: 1_536_751_345.25,
  service: 'luna-sender',
  statusCode: 200,
};

describe('getRoute', () => {
  it('joins method and resource', () => {
    expect(getRoute('/version', 'GET')).toBe('GET:/version');
  });
});

describe('fields of points', () => {
  // Their classes declare them alone; classes that define them would have the same ones.
  it.each([
    ['requests', new RequestMonitoringPoint({ ...request, executionTime: 1 }), ['executionTime']],
    ['errors', new RequestErrorMonitoringPoint({ ...request, errorCode: 1 }), ['errorCode']],
  ])('%s: all are there from the start, also those that were not given', (series, point, own) => {
    const shared = ['eventTime', 'requestId', 'resource', 'method', 'service', 'statusCode', 'series'];
    expect(Object.keys(point)).toEqual([...shared, ...own, 'additionalTags', 'additionalFields']);
    expect(point.series).toBe(series);
  });
});

describe('roundToMicroseconds', () => {
  it.each([
    [0.1234564, 0.123456],
    [0.1234565, 0.123457],
    [1e-7, 0],
    [2, 2],
  ])('makes %s s to %s s', (seconds, rounded) => {
    expect(roundToMicroseconds(seconds)).toBe(rounded);
  });
});

describe('RequestMonitoringPoint', () => {
  const point = new RequestMonitoringPoint({ ...request, executionTime: 0.0123456789 });

  it('has the series, tags and fields of the source', () => {
    expect(RequestMonitoringPoint.series).toBe('requests');
    expect(point.series).toBe('requests');
    expect(point.tags).toEqual({ service: 'luna-sender', route: 'GET:/version', status_code: 200 });
    expect(point.fields).toEqual({ request_id: request.requestId, execution_time: 0.012346 });
  });

  it('has the attributes of the source', () => {
    expect(point).toBeInstanceOf(BaseRequestMonitoringPoint);
    expect(point).toBeInstanceOf(BaseMonitoringPoint);
    expect(point).toMatchObject({
      eventTime: request.requestTime,
      requestTime: request.requestTime,
      requestId: request.requestId,
      route: 'GET:/version',
      service: 'luna-sender',
      statusCode: 200,
      executionTime: 0.0123456789,
      additionalTags: undefined,
      additionalFields: undefined,
    });
  });

  it('takes additional tags and fields, but none of a standard name', () => {
    const full = new RequestMonitoringPoint({
      ...request,
      executionTime: 1,
      additionalTags: { version: 'v1', route: 'mine', service: 'mine', status_code: 1 },
      additionalFields: { size: 3, request_id: 'mine', execution_time: 9 },
    });
    expect(full.tags).toEqual({ version: 'v1', service: 'luna-sender', route: 'GET:/version', status_code: 200 });
    expect(full.fields).toEqual({ size: 3, request_id: request.requestId, execution_time: 1 });
  });
});

describe('RequestErrorMonitoringPoint', () => {
  it('has the series, tags and fields of the source', () => {
    const point = new RequestErrorMonitoringPoint({
      ...request,
      statusCode: 403,
      errorCode: 29001,
      additionalTags: { version: 'v1', error_code: 1 },
      additionalFields: { size: 3, request_id: 'mine' },
    });
    expect(point.series).toBe('errors');
    expect(RequestErrorMonitoringPoint.series).toBe('errors');
    expect(point.tags).toEqual({
      service: 'luna-sender',
      route: 'GET:/version',
      status_code: 403,
      error_code: 29001,
      version: 'v1',
    });
    expect(point.fields).toEqual({ request_id: request.requestId, size: 3 });
    expect(point).toBeInstanceOf(BaseRequestMonitoringPoint);
    expect(point.errorCode).toBe(29001);
  });
});

describe('ErrorPoint', () => {
  it('has the series and tags of the source, and a count since a point needs a field', () => {
    const point = new ErrorPoint({
      eventTime: 5,
      errorCode: '29004',
      additionalTags: { where: 'send', service: 'mine' },
    });
    expect(point.series).toBe('subscription_error');
    expect(ErrorPoint.series).toBe('subscription_error');
    expect(point).toBeInstanceOf(BaseSenderMonitoringPoint);
    expect(point.eventTime).toBe(5);
    expect(point.tags).toEqual({ service: 'luna-sender', error_code: '29004', where: 'send' });
    expect(point.fields).toEqual({ count: 1n });
  });

  it('takes additional fields, but no other count', () => {
    const point = new ErrorPoint({ eventTime: 5, errorCode: 1, service: 's', additionalFields: { a: 1, count: 'x' } });
    expect(point.tags).toEqual({ service: 's', error_code: 1 });
    expect(point.fields).toEqual({ a: 1, count: 1n });
  });

  it.each([
    [3, 3n],
    [2.9, 2n],
    [NaN, 1n],
    [Infinity, 1n],
  ])('counts %s as %s', (count, expected) => {
    expect(new ErrorPoint({ eventTime: 5, errorCode: 1, count }).fields).toEqual({ count: expected });
  });
});

describe('SubscribeRedisPoint', () => {
  it('has the series, tags and fields of the source, with its spelling of the channel', () => {
    const init = { eventTime: 5, requestId: 'r', channel: 'luna-sender:7' };
    const point = new SubscribeRedisPoint(init);
    expect(point.series).toBe('redis_message');
    expect(SubscribeRedisPoint.series).toBe('redis_message');
    expect(point.tags).toEqual({ service: 'luna-sender', chanel: 'luna-sender:7' });
    expect(point.fields).toEqual({ request_id: 'r' });
    const more = new SubscribeRedisPoint({ ...init, service: 's', additionalFields: { size: 3, request_id: 'mine' } });
    expect(more.tags).toEqual({ service: 's', chanel: 'luna-sender:7' });
    expect(more.fields).toEqual({ request_id: 'r', size: 3 });
  });
});

describe('WSRequestPoint', () => {
  it('has the series, tags and fields of the source', () => {
    const init = { eventTime: 5, requestId: 'r', transportTime: 0.00012345, accountId: 'a' };
    const point = new WSRequestPoint(init);
    expect(point.series).toBe('ws_requests');
    expect(WSRequestPoint.series).toBe('ws_requests');
    expect(point.tags).toEqual({ service: 'luna-sender', account_id: 'a' });
    expect(point.fields).toEqual({ request_id: 'r', transport_time: 0.000123 });
    const more = new WSRequestPoint({ ...init, additionalFields: { size: 3, transport_time: 9 } });
    expect(more.fields).toEqual({ request_id: 'r', transport_time: 0.000123, size: 3 });
  });
});

describe('convertPointToDict', () => {
  it('gives time in nanoseconds, measurement, tags as text and fields', () => {
    const point = new RequestMonitoringPoint({ ...request, executionTime: 0.5, additionalTags: { empty: undefined } });
    expect(BaseMonitoringAdapter.convertPointToDict(point)).toEqual({
      time: 1_536_751_345_250_000_000n,
      measurement: 'requests',
      tags: { service: 'luna-sender', route: 'GET:/version', status_code: '200' },
      fields: { request_id: request.requestId, execution_time: 0.5 },
    });
  });

  it('leaves out what no tag and no field can hold', () => {
    class Odd extends BaseMonitoringPoint {
      readonly series = 'odd';
      // What JavaScript users may do.
      readonly tags = { object: {}, symbol: Symbol('s'), none: null, yes: true } as unknown as Tags;
      readonly fields = { object: {}, none: null, nan: NaN, big: 2n ** 63n, yes: 1n } as unknown as Fields;
    }
    const before = BigInt(Date.now() - 1000) * 1_000_000n;
    const dict = BaseMonitoringAdapter.convertPointToDict(new Odd({ eventTime: NaN }));
    expect(dict).toMatchObject({ tags: { yes: 'true' }, fields: { yes: 1n } });
    expect(Object.keys(dict.tags)).toEqual(['yes']);
    expect(Object.keys(dict.fields)).toEqual(['yes']);
    // A time that is none is the present.
    expect(dict.time).toBeGreaterThan(before);
  });
});
