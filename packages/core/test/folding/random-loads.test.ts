import { describe, expect, it } from 'vitest';
import { LunaRequestInfluxMonitoring, RequestMonitoringPoint } from '../../src/index.ts';

const EVENTS = 20_000;
const SHARES = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;
const RELATIVE_ERROR = 0.01;

/** Numbers from 0 to 1, the same for a seed each time (a linear congruential generator). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}

/** Durations in seconds, as services have them. */
const LOADS: Readonly<Record<string, (random: () => number) => number>> = {
  'as a log-normal': (random) => 0.02 * Math.exp(normal(random)),
  'with a heavy tail': (random) => 0.001 * random() ** -1.5,
  exponentially: (random) => -0.05 * Math.log(random()),
  'in two peaks': (random) => (random() < 0.8 ? 0.004 : 1.5) * Math.exp(0.1 * normal(random)),
  'from a microsecond to an hour': (random) => Math.exp(Math.log(1e-6) + random() * Math.log(3.6e9)),
};

const CASES = Object.entries(LOADS).flatMap(([name, durationOf]) =>
  [1, 2, 3, 4].map((seed) => [name, seed, durationOf] as const),
);

describe('events folded through a monitoring', () => {
  it.each(CASES)(
    'have the count, the sum and the percentiles of their durations, spread %s (seed %i)',
    async (_name, seed, durationOf) => {
      const random = generator(seed);
      // Durations count in whole microseconds.
      const microseconds = Array.from({ length: EVENTS }, () => Math.min(3.6e9, Math.round(durationOf(random) * 1e6)));
      const aggregate = { series: ['requests'], periodSeconds: 3600 } as const;
      const monitoring = new LunaRequestInfluxMonitoring({ aggregate, flushingPeriod: 3600 });
      for (const each of microseconds) monitoring.addPoints([pointOf(each / 1e6, monitoring.now())]);
      await monitoring.flush();
      const fields = monitoring.points({ series: 'requests_summary' }).map((point) => point.fields);
      await monitoring.stop();
      expect(fields).toHaveLength(1);
      const [summary = {}] = fields;
      expect(Number(summary['count'])).toBe(EVENTS);
      expect(summary['execution_time_sum']).toBe(microseconds.reduce((sum, each) => sum + each, 0) / 1e6);
      const sorted = microseconds.toSorted((one, other) => one - other);
      for (const [suffix, share] of Object.entries(SHARES)) {
        const exact = (sorted[Math.ceil(share * EVENTS) - 1] ?? NaN) / 1e6;
        const error = Math.abs(Number(summary[`execution_time_${suffix}`]) - exact);
        // What is written has six decimals.
        expect(error).toBeLessThanOrEqual(exact * RELATIVE_ERROR + 0.5e-6);
      }
    },
  );
});

function pointOf(executionTime: number, requestTime: number): RequestMonitoringPoint {
  return new RequestMonitoringPoint({
    executionTime,
    method: 'GET',
    requestId: 'id',
    requestTime,
    resource: '/a',
    service: 'shop',
    statusCode: 200,
  });
}
