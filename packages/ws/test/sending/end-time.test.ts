import { runWithMessage } from '@influx-monitoring/core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { recordSend } from '../../src/index.ts';
import { newMessage, numberField, pointsOf, startMonitoring } from '../support/monitored.ts';

describe('the end of a send', () => {
  it('is one for the callbacks of a broadcast, and later for what is sent among them', async () => {
    let nowMs = 1000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 5));
    onTestFinished(() => {
      clock.mockRestore();
    });
    const monitoring = startMonitoring();
    const options = { monitoring };
    const message = { ...newMessage(), receivedAtMs: nowMs };
    const ends = runWithMessage(message, () => [1, 2, 3, 4].map(() => recordSend({}, message, options)));
    for (const end of ends.slice(0, 2)) end();
    recordSend({}, message, options)();
    ends[2]?.();
    await Promise.resolve();
    // Began before the burst, and ends after it.
    ends[3]?.();
    clock.mockRestore();
    const times = (await pointsOf(monitoring, 'ws_requests')).map((point) => numberField(point, 'transport_time'));
    const [first = NaN, second, among = NaN, third, afterwards = NaN] = times;
    expect(times).toHaveLength(5);
    expect(second).toBe(first);
    expect(third).toBe(first);
    expect(among).toBeGreaterThan(first);
    expect(afterwards).toBeGreaterThan(among);
  });
});
