import { describe, expect, it } from 'vitest';
import { LunaRequestInfluxMonitoring, MemoryMonitoringAdapter, SubscribeRedisPoint } from '../../src/index.ts';

const point = (channel: string): SubscribeRedisPoint =>
  new SubscribeRedisPoint({ channel, eventTime: Date.now() / 1000, requestId: 'r' });

describe('observers of lines', () => {
  it('are told of each line at once, and no more once taken away', async () => {
    await using monitoring = new LunaRequestInfluxMonitoring();
    const lines: string[] = [];
    const stopLooking = monitoring.observeLines({ onLine: (line) => lines.push(line) });

    monitoring.addPoints([point('one'), point('two')]);
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      'redis_message,chanel=one,service=luna-sender',
      'redis_message,chanel=two,service=luna-sender',
    ]);
    stopLooking();
    monitoring.addPoints([point('three')]);
    expect(lines).toHaveLength(2);
  });

  it('cannot hurt who records, nor each other', async () => {
    await using monitoring = new LunaRequestInfluxMonitoring();
    const lines: string[] = [];
    monitoring.observeLines({
      onLine: () => {
        throw new Error('of the observer');
      },
    });
    monitoring.observeLines({ onLine: (line) => lines.push(line) });

    monitoring.addPoints([point('one')]);
    await monitoring.flush();
    expect(lines).toHaveLength(1);
    const { adapter } = monitoring;
    expect(adapter instanceof MemoryMonitoringAdapter && adapter.client.points()).toHaveLength(1);
  });

  it('stay through a re-initialisation and are told when monitoring stops', async () => {
    const monitoring = new LunaRequestInfluxMonitoring();
    const told: string[] = [];
    monitoring.observeLines({
      onLine: () => told.push('line'),
      onStop: () => {
        told.push('stop');
        throw new Error('of the observer');
      },
    });
    monitoring.reInitializeMonitoring({ flushingPeriod: 2 });
    monitoring.addPoints([point('one')]);
    await monitoring.stop();
    expect(told).toEqual(['line', 'stop']);
  });
});
