import { LunaRequestInfluxMonitoring, RequestMonitoringPoint } from '@influx-monitoring/core';

const REQUEST_ID = '1536751345,8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a';
const STATUS_CODES = [200, 201, 404, 409, 503];
/** Durations lie within a decade, from 10 to 100 ms. */
const SHORTEST_SECONDS = 0.01;
const DECADE_STEPS = 90_000;
/** No divisor of how many sets of tags there are: each event's set is far from the last one's in memory. */
const STRIDE = 7919;

/** Events of requests with so many sets of tags, as a service has them: its routes are strings that are there already. */
export class FoldEvents {
  readonly sets: number;
  readonly #resources: readonly string[];
  #next = 0;

  /** @param sets - of tags: a multiple of 5 */
  constructor(sets: number) {
    this.sets = sets;
    const routes = sets / STATUS_CODES.length;
    this.#resources = Array.from({ length: routes }, (_, index) => `/api/resource-${String(index)}/:id`);
  }

  build(monitoring: LunaRequestInfluxMonitoring): RequestMonitoringPoint {
    const event = this.#next;
    this.#next += 1;
    const set = (event * STRIDE) % this.sets;
    return new RequestMonitoringPoint({
      requestId: REQUEST_ID,
      resource: this.#resources[Math.floor(set / STATUS_CODES.length)] ?? '',
      method: 'GET',
      executionTime: SHORTEST_SECONDS + (event % DECADE_STEPS) * 1e-6,
      requestTime: monitoring.now(),
      service: 'luna-sender',
      statusCode: STATUS_CODES[set % STATUS_CODES.length] ?? 200,
    });
  }

  fold(monitoring: LunaRequestInfluxMonitoring, times: number): void {
    for (let index = 0; index < times; index += 1) monitoring.addPoints([this.build(monitoring)]);
  }
}

/** Folds requests over an hour, so that no period ends by itself; what is recorded stays in the embedded store. */
export function newFoldingMonitoring(): LunaRequestInfluxMonitoring {
  return new LunaRequestInfluxMonitoring({
    flushingPeriod: 3600,
    aggregate: { series: ['requests'], periodSeconds: 3600 },
  });
}
