import { MonitoringError } from '@influx-monitoring/core';
import { influxMonitoring, type AdditionalFields, type AdditionalTags } from '@influx-monitoring/express';
import { expect, expectTypeOf, it } from 'vitest';
import { PointCollector } from './support/point-collector.ts';

const monitoring = new PointCollector();

it.each<[string, object, string, string]>([
  ['an unknown option', { ignored: [] }, 'ERR_OPTION_UNKNOWN', '"ignored"'],
  ['a path without a slash', { ignore: 'health' }, 'ERR_OPTION_TYPE', '"ignore" to be a path that begins with "/"'],
  ['a rule of another type', { ignore: ['/a', 1] }, 'ERR_OPTION_TYPE', '"ignore"'],
  [
    'a rate above 1',
    { sampleRate: 1.1 },
    'ERR_OPTION_TYPE',
    '"sampleRate" to be a number of samples a request from 0 to 1, got the number 1.1',
  ],
  ['a time below 0', { slowSeconds: -1 }, 'ERR_OPTION_TYPE', '"slowSeconds"'],
  [
    'a switch that is text',
    { bytesWritten: 'yes' },
    'ERR_OPTION_TYPE',
    '"bytesWritten" to be true or false, got the string "yes"',
  ],
  ['request ids of another kind', { requestIds: 'none' }, 'ERR_OPTION_TYPE', '"requestIds"'],
  ['a trace id in place of a switch', { traceId: 'abc' }, 'ERR_OPTION_TYPE', '"traceId" to be true or false'],
  ['tags that are text', { additionalTags: 'a' }, 'ERR_OPTION_TYPE', '"additionalTags" to be an object or a function'],
  ['a standard tag', { additionalTags: { route: 'x' } }, 'ERR_OPTION_CONFLICT', 'the standard name "route"'],
  [
    'a standard field',
    { additionalFields: { request_id: 'x' } },
    'ERR_OPTION_CONFLICT',
    'the standard name "request_id"',
  ],
  ['something else for a monitoring', { monitoring: {} }, 'ERR_OPTION_TYPE', '"monitoring"'],
])('refuses %s and names it', (_name, options, code, text) => {
  const create = () => influxMonitoring({ monitoring, ...options });
  expect(create).toThrow(text);
  expect(create).toThrow(MonitoringError);
  expect(create).toThrow(expect.objectContaining({ code }) as Error);
});

it('takes `undefined` for an option that is not given, and leaves the options as they are', () => {
  const options = Object.freeze({ monitoring, ignore: undefined, sampleRate: undefined, additionalTags: { a: 'b' } });
  expect(influxMonitoring(options)).toBeTypeOf('function');
  expect(options).toEqual({ monitoring, ignore: undefined, sampleRate: undefined, additionalTags: { a: 'b' } });
});

it('makes a standard name a compile error', () => {
  expectTypeOf<{ plan: string; seats: bigint }>().toExtend<AdditionalTags>();
  expectTypeOf<{ service: string }>().not.toExtend<AdditionalTags>();
  expectTypeOf<{ route: string }>().not.toExtend<AdditionalTags>();
  expectTypeOf<{ status_code: number }>().not.toExtend<AdditionalTags>();
  expectTypeOf<{ error_code: number }>().not.toExtend<AdditionalTags>();
  expectTypeOf<{ rows: number }>().toExtend<AdditionalFields>();
  expectTypeOf<{ request_id: string }>().not.toExtend<AdditionalFields>();
  expectTypeOf<{ execution_time: number }>().not.toExtend<AdditionalFields>();
  const create = () => [
    // @ts-expect-error -- a standard tag
    influxMonitoring({ monitoring, additionalTags: { service: 'x' } }),
    // @ts-expect-error -- a standard field, of a function
    influxMonitoring({ monitoring, additionalFields: () => ({ execution_time: 1 }) }),
  ];
  expect(create).toThrow('the standard name "service"');
});
