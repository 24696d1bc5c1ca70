import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MonitoringOptions } from '@influx-monitoring/core';
import { loadConfiguration } from '@influx-monitoring/core/internal';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'influx-monitoring-aggregate-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function aggregateOf(options: MonitoringOptions, environment: Record<string, string> = {}) {
  return loadConfiguration(options, { environment, folder }).aggregate;
}

describe('which events are folded', () => {
  it('are none, unless somebody says so', () => {
    expect(aggregateOf({})).toBeUndefined();
  });

  it('is said in code', () => {
    expect(aggregateOf({ aggregate: { series: ['ws_requests'], slowSeconds: 2, buckets: [0.1, 1] } })).toEqual({
      buckets: [0.1, 1],
      periodSeconds: 10,
      series: ['ws_requests'],
      slowSeconds: 2,
    });
    expect(aggregateOf({ aggregate: { series: ['requests'], buckets: true } })?.buckets).toContain(0.005);
  });

  it('is said by a variable, and what it says nothing of by a file', () => {
    const path = join(folder, 'monitoring.json');
    writeFileSync(path, JSON.stringify({ monitoring: { aggregate: { series: ['requests'], period_seconds: 60 } } }));
    expect(aggregateOf({}, { MONITORING_CONFIG: path })).toMatchObject({ series: ['requests'], periodSeconds: 60 });
    const both = { MONITORING_AGGREGATE: 'ws_requests, redis_message', MONITORING_CONFIG: path };
    expect(aggregateOf({}, both)).toMatchObject({ series: ['ws_requests', 'redis_message'], periodSeconds: 60 });
  });

  it.each([
    ['a name that is no series', { series: ['request'] }, /expected a list of requests, ws_requests, redis_message/],
    ['errors, which always stay points', { series: ['errors'] }, /expected a list of/],
    ['a series twice', { series: ['requests', 'requests'] }, /each at most once/],
    ['no series at all', { periodSeconds: 10 }, /MONITORING_AGGREGATE .*expected a list of/],
    ['a period of nothing', { series: ['requests'], periodSeconds: 0 }, /a number of seconds from 1 to 3600/],
    ['bounds that fall', { series: ['requests'], buckets: [1, 0.5] }, /rising numbers of seconds/],
    ['a bound that is no number', { series: ['requests'], buckets: ['1'] }, /rising numbers of seconds/],
    ['an option that is none', { series: ['requests'], period: 10 }, /unknown option "aggregate.period"/],
  ])('is an error at start for %s', (_what, aggregate, message) => {
    // What a JavaScript program may say.
    expect(() => aggregateOf({ aggregate } as unknown as MonitoringOptions)).toThrow(message);
  });

  it('is an error at start for a variable with a name that is no series', () => {
    expect(() => aggregateOf({}, { MONITORING_AGGREGATE: 'ws_requests,nope' })).toThrow(/^MONITORING_AGGREGATE in the/);
  });
});
