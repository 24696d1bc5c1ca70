import { runWithMessage, type MessageContext } from '@influx-monitoring/core';
import { describe, expect, it } from 'vitest';
import { wrapSocket } from '../src/index.ts';
import { numberField, pointsOf, startMonitoring } from './monitored.ts';
import { WS_VERSIONS, receive, startSocket } from './real-ws.ts';

const message = (requestId = 'r-1'): MessageContext => ({
  channel: 'luna-sender:a',
  receivedAt: Date.now() / 1000,
  receivedAtMs: performance.now(),
  requestId,
});

/** Resolves with what the callback of a send was called with. */
const called = (start: (callback: (...args: unknown[]) => void) => void): Promise<unknown[]> =>
  new Promise((resolve) => {
    start((...args) => {
      resolve(args);
    });
  });

describe.each(WS_VERSIONS)('wrapSocket on ws $version', ({ ws }) => {
  it('records the time from the message to the end of the send', async () => {
    const monitoring = startMonitoring({ service: 'sender' });
    const { client, socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring, accountId: 'account-1' });
    const context = message('request-1');
    const received = receive(client);
    await called((callback) => {
      runWithMessage(context, () => {
        socket.send('event', callback);
      });
    });
    const elapsedSeconds = (performance.now() - context.receivedAtMs) / 1000;
    expect((await received).map(String)).toEqual(['event']);
    const [point, ...others] = await pointsOf(monitoring, 'ws_requests');
    expect(others).toEqual([]);
    expect(point?.tags).toEqual({ account_id: 'account-1', service: 'sender' });
    expect(point?.fields['request_id']).toBe('request-1');
    expect(Object.keys(point?.fields ?? {}).sort()).toEqual(['request_id', 'transport_time']);
    expect(point?.time).toBeCloseTo(context.receivedAt, 3);
    const transportTime = numberField(point, 'transport_time');
    expect(transportTime).toBeGreaterThan(0);
    expect(transportTime).toBeLessThanOrEqual(elapsedSeconds);
  });

  it('carries the context through awaits and timers', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    await runWithMessage(message('awaited'), async () => {
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
      await called((callback) => {
        socket.send('event', callback);
      });
    });
    const points = await pointsOf(monitoring, 'ws_requests');
    expect(points.map(({ fields }) => fields['request_id'])).toEqual(['awaited']);
  });
});
