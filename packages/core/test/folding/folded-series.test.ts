import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { foldedSeriesOf } from '@influx-monitoring/core/internal';
import { expect, it } from 'vitest';

it('is known of the monitoring that folds, with its period', async () => {
  await using monitoring = new LunaRequestInfluxMonitoring({
    aggregate: { series: ['requests', 'redis_message'], periodSeconds: 30 },
  });
  expect(foldedSeriesOf(monitoring)).toEqual({ series: ['requests', 'redis_message'], periodSeconds: 30 });
});

it('is none of a monitoring that folds nothing, or points of own classes alone', async () => {
  await using plain = new LunaRequestInfluxMonitoring();
  await using own = new LunaRequestInfluxMonitoring({ aggregate: { series: [] } });
  expect([foldedSeriesOf(plain), foldedSeriesOf(own), foldedSeriesOf({})]).toEqual([undefined, undefined, undefined]);
});
