import { InfluxDB as Influx2, Point } from '@influxdata/influxdb-client';
import { LunaRequestInfluxMonitoring, RequestMonitoringPoint } from '@influx-monitoring/core';
import { InfluxDB as Influx1 } from 'influx';
import { compare, ratio } from './measure.ts';
import type { Topic } from './report.ts';

const REQUEST_ID = '1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a';
const SERVICE = 'luna-sender';

/** Routes, so that no variant lives from one cached value. */
const RESOURCES = Array.from({ length: 100 }, (_, index) => `/api/resource-${String(index)}/:id`);

/** What it costs to build a `requests` point, encode it and buffer it. Nothing is sent while it is measured. */
export const record: Topic = async () => {
  const options = { times: 20_000, rounds: 31 };
  const monitoring = new LunaRequestInfluxMonitoring({ flushingPeriod: 3600 });
  let monitored = 0;
  const writeApi = newWriteApi(options.times);
  let currentApi = writeApi;
  const influx1 = new Influx1({ host: '127.0.0.1', database: 'bench' });
  // Its request is cut off, so that only the making of the line is measured.
  Reflect.set(Reflect.get(influx1, '_pool') as object, 'discard', () => Promise.resolve());
  const timings = await compare(
    [
      {
        name: 'influx-monitoring',
        run: (times) => {
          for (let index = 0; index < times; index += 1) {
            monitoring.addPoints([
              new RequestMonitoringPoint({
                requestId: REQUEST_ID,
                resource: RESOURCES[index % 100] ?? '',
                method: 'GET',
                executionTime: 0.012345 + index * 1e-6,
                requestTime: monitoring.now(),
                service: SERVICE,
                statusCode: 200,
              }),
            ]);
          }
          monitored += times;
        },
        after: () => monitoring.flush(),
      },
      {
        name: '@influxdata/influxdb-client',
        before: () => {
          currentApi = newWriteApi(options.times);
        },
        run: (times) => {
          for (let index = 0; index < times; index += 1) {
            currentApi.writePoint(
              new Point('requests')
                .tag('service', SERVICE)
                .tag('route', `GET:${RESOURCES[index % 100] ?? ''}`)
                .tag('status_code', '200')
                .stringField('request_id', REQUEST_ID)
                .floatField('execution_time', 0.012345 + index * 1e-6),
            );
          }
        },
        after: () => {
          currentApi.dispose();
        },
      },
      {
        name: 'influx',
        run: async (times) => {
          let last: Promise<void> | undefined;
          for (let index = 0; index < times; index += 1) {
            last = influx1.writePoints([
              {
                measurement: 'requests',
                tags: { service: SERVICE, route: `GET:${RESOURCES[index % 100] ?? ''}`, status_code: '200' },
                fields: { request_id: REQUEST_ID, execution_time: 0.012345 + index * 1e-6 },
                timestamp: String(Date.now() * 1e6),
              },
            ]);
          }
          await last;
        },
      },
      {
        name: 'JSON.stringify (the floor)',
        run: (times) => {
          let length = 0;
          for (let index = 0; index < times; index += 1) {
            length += JSON.stringify({
              time: Date.now(),
              measurement: 'requests',
              tags: { service: SERVICE, route: `GET:${RESOURCES[index % 100] ?? ''}`, status_code: 200 },
              fields: { request_id: REQUEST_ID, execution_time: 0.012345 + index * 1e-6 },
            }).length;
          }
          if (length === 0) throw new Error('the loop was optimised away');
        },
      },
    ],
    options,
  );
  const { recorded } = monitoring.stats();
  if (recorded !== monitored) throw new Error(`expected ${String(monitored)} recorded points, got ${String(recorded)}`);
  await monitoring.stop();
  const [ours, client2, client1, json] = timings;
  if (ours === undefined || client2 === undefined || client1 === undefined || json === undefined) throw new Error('?');
  return [
    {
      title: 'Recording a `requests` point: build, encode, buffer',
      unit: 'ns per point',
      timings,
      figures: [
        { name: 'record.times-faster-than-influxdb-client', ...ratio(client2, ours) },
        { name: 'record.times-faster-than-influx', ...ratio(client1, ours) },
        { name: 'record.against-json-stringify', ...ratio(ours, json) },
      ],
    },
  ];
};

function newWriteApi(capacity: number): ReturnType<Influx2['getWriteApi']> {
  return new Influx2({ url: 'http://127.0.0.1:9', token: 'none' }).getWriteApi('org', 'bucket', 'ns', {
    batchSize: capacity + 1,
    flushInterval: 0,
  });
}
