import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BaseMonitoringAdapter,
  BaseMonitoringPoint,
  ErrorPoint,
  RequestErrorMonitoringPoint,
  RequestMonitoringPoint,
  SubscribeRedisPoint,
  WSRequestPoint,
  type Fields,
  type Tags,
} from '@influx-monitoring/core';
import { decodeLine } from '../../src/lines/decode.ts';
import { LineEncoder } from '../../src/lines/encode.ts';
import { hostileFields, hostileName, hostileTags, hostileText } from '../support/hostile.ts';

const STAMP = '1790000000123456789';
const MAX_TAG_VALUES = 10_000;

function createEncoder(): LineEncoder {
  return new LineEncoder({ maxTagValues: MAX_TAG_VALUES });
}

function onTheWire(line: string | undefined): string | undefined {
  return line === undefined ? undefined : Buffer.from(line).toString();
}

function isLong(text: unknown): boolean {
  return typeof text === 'string' && text.length > 512;
}

const identifier = fc.oneof({ weight: 1, arbitrary: hostileText }, { weight: 3, arbitrary: fc.uuid() });
const seconds = fc.oneof(
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.integer({ min: 0, max: 100_000_000 }).map((microseconds) => microseconds / 1e6),
  fc.double(),
);
const statusCode = fc.constantFrom(200, 404, 499, 500);
const errorCode = fc.oneof(fc.integer(), hostileText);
const service = fc.constantFrom('luna-sender', 'a service');
const additional = {
  additionalTags: fc.option(hostileTags, { nil: undefined }),
  additionalFields: fc.option(hostileFields, { nil: undefined }),
};
const request = { requestId: identifier, resource: hostileName, method: fc.constantFrom('GET', 'POST'), service };

/** Points of every class of the source. */
const standardPoint = fc.oneof(
  fc
    .record({ ...request, ...additional, requestTime: seconds, executionTime: seconds, statusCode })
    .map((init) => new RequestMonitoringPoint(init)),
  fc
    .record({ ...request, ...additional, requestTime: seconds, errorCode, statusCode })
    .map((init) => new RequestErrorMonitoringPoint(init)),
  fc
    .record({ ...additional, eventTime: seconds, errorCode, count: fc.option(seconds, { nil: undefined }), service })
    .map((init) => new ErrorPoint(init)),
  fc
    .record({ eventTime: seconds, requestId: identifier, channel: hostileName, service })
    .map((init) => new SubscribeRedisPoint(init)),
  fc
    .record({ eventTime: seconds, requestId: identifier, transportTime: seconds, accountId: hostileName, service })
    .map((init) => new WSRequestPoint(init)),
);

class AnyPoint extends BaseMonitoringPoint {
  readonly series: string;
  readonly tags: Tags;
  readonly fields: Fields;

  constructor(init: { series: string; tags: Tags; fields: Fields }) {
    super({ eventTime: 1 });
    this.series = init.series;
    this.tags = init.tags;
    this.fields = init.fields;
  }
}

const anyPoint = fc
  .record({ series: hostileName, tags: hostileTags, fields: hostileFields })
  .map((init) => new AnyPoint(init));

describe('the line of a point', () => {
  it('is what the general way writes, for every class of the source, known or new', () => {
    const encoder = createEncoder();
    const general = createEncoder();
    fc.assert(
      fc.property(standardPoint, (point) => {
        const expected = general.encodeParts(point.series, point.tags, point.fields, STAMP);
        expect(encoder.encode(point, STAMP)).toBe(expected);
        // Now its series and tags are remembered.
        expect(encoder.encode(point, STAMP)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('is what convertPointToDict gives, for every class', () => {
    fc.assert(
      fc.property(fc.oneof(standardPoint, anyPoint), (point) => {
        const dict = BaseMonitoringAdapter.convertPointToDict(point);
        const line = createEncoder().encodeParts(dict.measurement, dict.tags, dict.fields, STAMP);
        expect(line).toBe(createEncoder().encode(point, STAMP));
      }),
      { numRuns: 2000 },
    );
  });

  it('is one line, and written anew from what was read back it is the same', () => {
    fc.assert(
      fc.property(fc.oneof(standardPoint, anyPoint), (point) => {
        const line = onTheWire(createEncoder().encode(point, STAMP));
        if (line === undefined) return;
        expect(line).not.toMatch(/[\n\r]/);
        const stored = decodeLine(line);
        // A line end in a name takes two characters, and names are cut before that.
        fc.pre(![stored.series, ...Object.entries({ ...stored.tags, ...stored.fields }).flat()].some(isLong));
        expect(createEncoder().encodeParts(stored.series, stored.tags, stored.fields, STAMP)).toBe(line);
        expect(stored.stamp).toBe(BigInt(STAMP));
      }),
      { numRuns: 3000 },
    );
  });

  it('has no more tags and fields than the point, and none that InfluxDB keeps for itself', () => {
    fc.assert(
      fc.property(anyPoint, (point) => {
        const line = createEncoder().encode(point, STAMP);
        if (line === undefined) return;
        const { series, tags, fields } = decodeLine(line);
        const names = [...Object.keys(tags), ...Object.keys(fields)];
        expect(Object.keys(tags).length).toBeLessThanOrEqual(Object.keys(point.tags).length);
        expect(Object.keys(fields).length).toBeLessThanOrEqual(Object.keys(point.fields).length);
        expect(new Set(names).size).toBe(names.length);
        for (const name of [series, ...names]) expect(name).not.toMatch(/^(_|time$)|\\$|^$/);
        expect(series).not.toMatch(/^#/);
      }),
      { numRuns: 3000 },
    );
  });

  it('of a derived class has the tags of that class', () => {
    class Derived extends RequestMonitoringPoint {
      override get tags(): Tags {
        return { ...super.tags, more: 'yes' };
      }
    }
    const init = { requestId: 'r', resource: '/', method: 'GET', service: 's', statusCode: 200 };
    const point = new Derived({ ...init, executionTime: 1, requestTime: 1 });
    expect(createEncoder().encode(point, '1')).toContain(',more=yes ');
  });
});

describe('the remembered series and tags of a class', () => {
  const init = { requestId: 'r', method: 'GET', service: 's', executionTime: 1, requestTime: 1 };
  const pointOf = (resource: string, status = 200): RequestMonitoringPoint =>
    new RequestMonitoringPoint({ ...init, resource, statusCode: status });

  it('give way to `other` beyond the budget of a tag, counted each time', () => {
    const encoder = new LineEncoder({ maxTagValues: 2 });
    const lines = ['/a', '/b', '/c', '/a', '/c'].map((resource) => encoder.encode(pointOf(resource), '1'));
    expect(lines.map((line) => /route=([^,]*)/.exec(line ?? '')?.[1])).toEqual([
      'GET:/a',
      'GET:/b',
      'other',
      'GET:/a',
      'other',
    ]);
    expect(encoder.overflows).toEqual(new Map([['requests.route', 2]]));
  });

  it('are bounded for one resource and in all', () => {
    const encoder = createEncoder();
    const general = createEncoder();
    const points = [
      ...Array.from({ length: 200 }, (_, index) => pointOf('/many', 100 + index)),
      ...Array.from({ length: 12_000 }, (_, index) => pointOf(`/${String(index)}`)),
    ];
    for (const point of points) {
      const expected = general.encodeParts(point.series, point.tags, point.fields, '1');
      expect(encoder.encode(point, '1')).toBe(expected);
    }
    expect(encoder.overflows.get('requests.route')).toBeGreaterThan(1000);
  });

  it('leave values that were repaired to be counted each time', () => {
    const encoder = createEncoder();
    const point = pointOf(`/${'x'.repeat(600)}`);
    encoder.encode(point, '1');
    encoder.encode(point, '1');
    expect(encoder.repairs.get('length')).toBe(2);
  });
});

describe('the bounds of a line', () => {
  it('leave out tags beyond 64 and fields beyond 128', () => {
    const encoder = createEncoder();
    const tags = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`t${String(index)}`, '1']));
    const fields = Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`f${String(index)}`, 1]));
    const stored = decodeLine(encoder.encodeParts('m', tags, fields, STAMP) ?? '');
    expect(Object.keys(stored.tags)).toHaveLength(64);
    expect(Object.keys(stored.fields)).toHaveLength(128);
    expect(encoder.repairs).toEqual(
      new Map([
        ['value', 6],
        ['length', 2],
      ]),
    );
  });

  it('leave out strings once the line has half a megabyte, and keep the numbers', () => {
    const encoder = createEncoder();
    const strings = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => [`s${String(index)}`, 'x'.repeat(65_535)]),
    );
    const line = encoder.encodeParts('m', {}, { ...strings, last: 1 }, STAMP) ?? '';
    expect(line.length).toBeLessThan(1024 * 1024);
    expect(decodeLine(line).fields['last']).toBe(1);
    expect(encoder.repairs.get('length')).toBe(20 - Object.keys(decodeLine(line).fields).length + 1);
  });

  it('take no key from the prototype', () => {
    const tags = Object.create({ inherited: 'yes' }) as Tags;
    expect(createEncoder().encodeParts('m', tags, { f: 1 }, '1')).toBe('m f=1 1');
  });

  it('keep no more names than 10,000', () => {
    const encoder = createEncoder();
    for (let index = 0; index < 10_100; index += 1) {
      const name = `_f${String(index)}`;
      const line = encoder.encodeParts('m', {}, { [name]: 1 }, '1');
      expect(line).toBe(index < 10_000 ? `m f${String(index)}_=1 1` : undefined);
    }
    const before = encoder.repairs.get('name') ?? 0;
    encoder.encodeParts('m', {}, { _f1: 1, _f10050: 1 }, '1');
    // A known name is repaired without counting; one that was not kept is counted anew.
    expect(encoder.repairs.get('name')).toBe(before + 1);
  });

  it('are tags or fields for good, also beyond 10,000 names of fields', () => {
    const encoder = createEncoder();
    for (let index = 0; index < 10_000; index += 1) encoder.encodeParts('m', {}, { [`f${String(index)}`]: 1 }, '1');
    // A field that is not remembered is left out, counted: else it could be a tag, or of another type, in the next point.
    expect(encoder.encodeParts('m', {}, { f1: 1, late: 1 }, '1')).toBe('m f1=1 1');
    expect(encoder.repairs.get('type')).toBe(1);
    expect(encoder.encodeParts('m', { late: 'x' }, { f1: 1 }, '1')).toBe('m,late=x f1=1 1');
    expect(encoder.encodeParts('m', { f1: 'x' }, { f2: 1 }, '1')).toBe('m f2=1 1');
  });
});
