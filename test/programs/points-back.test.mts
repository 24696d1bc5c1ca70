/** A test file that reads its points back; it runs, by node --test. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';
import { createMonitoring, setDefaultMonitoring, type Monitoring, type StoredPoint } from '@influx-monitoring/core';

let monitoring: Monitoring;

beforeEach(() => {
  const made = createMonitoring({ service: 'shop', store: 'memory', logger: { info() {}, warn() {}, error() {} } });
  setDefaultMonitoring(made);
  monitoring = made;
});

afterEach(async () => {
  await monitoring.stop();
  setDefaultMonitoring();
});

it('records an order', () => {
  monitoring.record('orders', { tags: { plan: 'free' }, fields: { items: 3n, price: 1.5 } });
  const [point, ...others]: StoredPoint[] = monitoring.points({ series: 'orders' });
  assert.equal(others.length, 0);
  assert.deepEqual({ ...point?.tags }, { plan: 'free', service: 'shop' });
  assert.deepEqual({ ...point?.fields }, { items: 3n, price: 1.5 });
  assert.equal(monitoring.stats().recorded, 1);
});
