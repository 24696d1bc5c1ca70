import { once } from 'node:events';
import { runWithMessage } from '@influx-monitoring/core';
import * as ws from 'ws';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordSend, wrapSocket } from '../../src/index.ts';
import { newMessage, numberField, pointsOf, startMonitoring } from '../support/monitored.ts';
import { called, receive, startSocket, stopReading } from '../support/real-ws.ts';

const PAYLOAD = Buffer.alloc(64 * 1024);
const SENDS = 400;

describe('gauges', () => {
  let passedMs = 0;

  /** Lets time pass for the timers and for the clock, at once. */
  const pass = (milliseconds: number): void => {
    passedMs += milliseconds;
    vi.advanceTimersByTime(milliseconds);
  };

  beforeEach(() => {
    passedMs = 0;
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + passedMs);
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('tell of a socket that never drains, period for period, until it is gone', async () => {
    const monitoring = startMonitoring({ service: 'sender' });
    const { client, socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring, accountId: 'stuck', gauges: true, gaugePeriodSeconds: 0.1 });
    const timersBefore = vi.getTimerCount();
    stopReading(client);
    client.ping();
    const sent: Promise<unknown[]>[] = [];
    let endedCount = 0;
    runWithMessage(newMessage(), () => {
      for (let index = 0; index < SENDS; index += 1) {
        sent.push(
          called((callback) => {
            socket.send(PAYLOAD, (error) => {
              endedCount += 1;
              callback(error);
            });
          }),
        );
      }
    });
    // What the kernel takes it takes; all that follows up to the points happens in one turn.
    await once(socket, 'ping');
    const waiting = SENDS - endedCount;
    const { bufferedAmount } = socket;
    pass(100);
    pass(100);
    const points = await pointsOf(monitoring, 'ws_sockets');
    expect(waiting).toBeGreaterThan(0);
    expect(points).toHaveLength(2);
    for (const { tags, fields } of points) {
      expect(tags).toEqual({ account_id: 'stuck', service: 'sender' });
      expect(Object.keys(fields).sort()).toEqual(['buffered_bytes', 'pending_sends', 'stalled_time']);
      expect(fields['pending_sends']).toBe(BigInt(waiting));
      expect(fields['buffered_bytes']).toBe(BigInt(bufferedAmount));
    }
    const [first, second] = points.map((point) => numberField(point, 'stalled_time'));
    expect(first).toBeGreaterThanOrEqual(0.1);
    expect(second).toBeGreaterThanOrEqual(first ?? Infinity);
    socket.terminate();
    await Promise.all(sent);
    pass(500);
    expect(await pointsOf(monitoring, 'ws_sockets')).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(timersBefore);
  });

  it('are fields of the points of each send', async () => {
    const monitoring = startMonitoring();
    const { client, socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring, gauges: true });
    const received = receive(client, 3);
    await runWithMessage(newMessage(), () =>
      Promise.all(
        ['one', 'two', 'three'].map((text) =>
          called((callback) => {
            socket.send(text, callback);
          }),
        ),
      ),
    );
    await received;
    const points = await pointsOf(monitoring, 'ws_requests');
    expect(points.map(({ fields }) => fields['pending_sends'])).toEqual([2n, 1n, 0n]);
    expect(points.map(({ fields }) => typeof fields['buffered_bytes'])).toEqual(Array(3).fill('bigint'));
    expect(await pointsOf(monitoring, 'ws_sockets')).toEqual([]);
  });

  it('say nothing of sockets whose sends end, and count no send that threw', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring, gauges: true, gaugePeriodSeconds: 1 });
    runWithMessage(newMessage(), () => {
      expect(() => {
        socket.send(Symbol('no data') as never);
      }).toThrow();
    });
    await called((callback) => {
      runWithMessage(newMessage(), () => {
        socket.send('event', callback);
      });
    });
    pass(3000);
    expect(await pointsOf(monitoring, 'ws_sockets')).toEqual([]);
    const [point] = await pointsOf(monitoring, 'ws_requests');
    expect(point?.fields['pending_sends']).toBe(0n);
  });

  it('say nothing of a slow socket while its sends still end, one by one', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring, gauges: true, gaugePeriodSeconds: 10 });
    const [first, second] = [recordSend(socket, newMessage()), recordSend(socket, newMessage())];
    pass(6000);
    first();
    pass(4000);
    expect(await pointsOf(monitoring, 'ws_sockets')).toEqual([]);
    pass(10_000);
    const [point, ...others] = await pointsOf(monitoring, 'ws_sockets');
    expect(others).toEqual([]);
    expect(point?.fields['pending_sends']).toBe(1n);
    expect(numberField(point, 'stalled_time')).toBeGreaterThanOrEqual(14);
    second();
  });

  it('see the sends that recordSend measures on a wrapped socket', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring, gauges: true, gaugePeriodSeconds: 0.1 });
    const isOver = recordSend(socket, { ...newMessage(), receivedAtMs: performance.now() });
    isOver();
    isOver();
    const next = recordSend(socket, newMessage());
    next();
    const points = await pointsOf(monitoring, 'ws_requests');
    expect(points.map(({ fields }) => fields['pending_sends'])).toEqual([0n, 0n]);
  });
});
