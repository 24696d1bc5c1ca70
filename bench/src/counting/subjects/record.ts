import { advance } from '../virtual-clock.ts';
import { RECORD_VARIANTS } from './record-variants.ts';
import { FLUSHING_PERIOD_SECONDS, REQUEST_ID, type SubjectFactory } from './subject.ts';

const POINT_MS = 0.02;
const SERVICE = 'luna-sender';
/** Routes, so that no variant lives from one cached value. */
const RESOURCES = Array.from({ length: 100 }, (_, index) => `/api/resource-${String(index)}/:id`);
const { BUILT, CLIENT, FOLDED, JSON_TEXT } = RECORD_VARIANTS;

/** A `requests` point: built, encoded and buffered; folded; or put into text by others. */
export const record: SubjectFactory = async ({ variant }) => {
  if (variant === CLIENT) return await recordByClient();
  if (variant === JSON_TEXT) return recordAsJson();
  return await recordByUs(variant);
};

async function recordByUs(variant: string): ReturnType<SubjectFactory> {
  const { LunaRequestInfluxMonitoring, RequestMonitoringPoint } = await import('@influx-monitoring/core');
  const monitoring = new LunaRequestInfluxMonitoring({
    flushingPeriod: FLUSHING_PERIOD_SECONDS,
    // Its period ends on the real clock: one that outlasts the count.
    ...(variant === FOLDED && { aggregate: { series: ['requests'], periodSeconds: FLUSHING_PERIOD_SECONDS } }),
  });
  let built: unknown;
  const run = (times: number): void => {
    for (let index = 0; index < times; index += 1) {
      advance(POINT_MS);
      const point = new RequestMonitoringPoint({
        requestId: REQUEST_ID,
        resource: RESOURCES[index % 100] ?? '',
        method: 'GET',
        executionTime: 0.012345 + index * 1e-6,
        requestTime: monitoring.now(),
        service: SERVICE,
        statusCode: 200,
      });
      if (variant === BUILT) built = point;
      else monitoring.addPoints([point]);
    }
    if (variant === BUILT && built === undefined) throw new Error('the loop was optimised away');
  };
  return { run, ...(variant !== FOLDED && { settle: () => monitoring.flush() }) };
}

async function recordByClient(): ReturnType<SubjectFactory> {
  const { Point } = await import('@influxdata/influxdb-client');
  let length = 0;
  return {
    run: (times) => {
      for (let index = 0; index < times; index += 1) {
        advance(POINT_MS);
        const line = new Point('requests')
          .tag('service', SERVICE)
          .tag('route', `GET:${RESOURCES[index % 100] ?? ''}`)
          .tag('status_code', '200')
          .stringField('request_id', REQUEST_ID)
          .floatField('execution_time', 0.012345 + index * 1e-6)
          .timestamp(String(Date.now() * 1e6))
          .toLineProtocol();
        length += line?.length ?? 0;
      }
      if (length === 0) throw new Error('the loop was optimised away');
    },
  };
}

function recordAsJson(): Awaited<ReturnType<SubjectFactory>> {
  let length = 0;
  return {
    run: (times) => {
      for (let index = 0; index < times; index += 1) {
        advance(POINT_MS);
        length += JSON.stringify({
          time: Date.now(),
          measurement: 'requests',
          tags: { service: SERVICE, route: `GET:${RESOURCES[index % 100] ?? ''}`, status_code: 200 },
          fields: { request_id: REQUEST_ID, execution_time: 0.012345 + index * 1e-6 },
        }).length;
      }
      if (length === 0) throw new Error('the loop was optimised away');
    },
  };
}
