import { once } from 'node:events';
import { runWithMessage } from '@influx-monitoring/core';
import { describe, expect, it } from 'vitest';
import { wrapSocket } from '../../src/index.ts';
import { newMessage, numberField, pointsOf, startMonitoring } from '../support/monitored.ts';
import { WS_VERSIONS, called, receive, startSocket, startSockets, stopReading } from '../support/real-ws.ts';

describe.each(WS_VERSIONS)('wrapSocket on ws $version', ({ ws }) => {
  it('records the time from the message to the end of the send', async () => {
    const monitoring = startMonitoring({ service: 'sender' });
    const { client, socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring, accountId: 'account-1' });
    const message = newMessage();
    const received = receive(client);
    await called((callback) => {
      runWithMessage(message, () => {
        socket.send('event', callback);
      });
    });
    const elapsedSeconds = (performance.now() - message.receivedAtMs) / 1000;
    expect((await received).map(String)).toEqual(['event']);
    const [point, ...others] = await pointsOf(monitoring, 'ws_requests');
    expect(others).toEqual([]);
    expect(point?.tags).toEqual({ account_id: 'account-1', service: 'sender' });
    expect(point?.fields['request_id']).toBe('request-1');
    expect(Object.keys(point?.fields ?? {}).sort()).toEqual(['request_id', 'transport_time']);
    expect(point?.time).toBeCloseTo(message.receivedAt, 3);
    const transportTime = numberField(point, 'transport_time');
    expect(transportTime).toBeGreaterThan(0);
    // Six decimals are kept, so the last one may have been rounded up.
    expect(transportTime).toBeLessThanOrEqual(elapsedSeconds + 1e-6);
  });

  it('carries the context through awaits and timers', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    await runWithMessage(newMessage('awaited'), async () => {
      await Promise.resolve();
      await new Promise((resolve) => setImmediate(resolve));
      await called((callback) => {
        socket.send('event', callback);
      });
    });
    const points = await pointsOf(monitoring, 'ws_requests');
    expect(points.map(({ fields }) => fields['request_id'])).toEqual(['awaited']);
  });

  it('sends as is and counts what no message is known to have caused', async () => {
    const monitoring = startMonitoring();
    const { client, socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    const received = receive(client, 2);
    socket.send('first');
    await called((callback) => {
      socket.send('second', {}, callback);
    });
    expect((await received).map(String)).toEqual(['first', 'second']);
    expect(await pointsOf(monitoring, 'ws_requests')).toEqual([]);
    expect(monitoring.stats().counters).toEqual({ ws_send_without_context: 2 });
  });

  it('records a point for each socket that a message is broadcast to', async () => {
    const monitoring = startMonitoring();
    const connections = await startSockets(ws, { count: 50 });
    for (const [index, { socket }] of connections.entries()) {
      wrapSocket(socket, { monitoring, accountId: `account-${String(index % 2)}` });
    }
    await runWithMessage(newMessage(), () =>
      Promise.all(
        connections.map(({ socket }) =>
          called((callback) => {
            socket.send('to all', callback);
          }),
        ),
      ),
    );
    const points = await pointsOf(monitoring, 'ws_requests');
    expect(points).toHaveLength(50);
    expect(new Set(points.map(({ stamp }) => stamp)).size).toBe(50);
    expect(points.filter(({ tags }) => tags['account_id'] === 'account-1')).toHaveLength(25);
  });

  it('keeps messages and accounts apart whose sends wait for their ends together', async () => {
    const monitoring = startMonitoring();
    const connections = await startSockets(ws, { count: 3 });
    let asked = 0;
    for (const { socket } of connections) {
      wrapSocket(socket, { monitoring, accountId: () => `account-${String((asked += 1) % 2)}` });
    }
    const [one, two] = ['one', 'two'].map((requestId) => ({ ...newMessage(), requestId }));
    if (one === undefined || two === undefined) throw new Error('expected two messages');
    await Promise.all(
      [one, two, one, one].flatMap((message) =>
        runWithMessage(message, () =>
          connections.map(({ socket }) =>
            called((callback) => {
              socket.send('to all', callback);
            }),
          ),
        ),
      ),
    );
    const points = await pointsOf(monitoring, 'ws_requests');
    const pairs = points
      .map(({ tags, fields }) => `${String(fields['request_id'])} ${String(tags['account_id'])}`)
      .sort();
    const expected = [
      'one 1',
      'one 0',
      'one 1',
      'two 0',
      'two 1',
      'two 0',
      'one 1',
      'one 0',
      'one 1',
      'one 0',
      'one 1',
      'one 0',
    ];
    expect(pairs).toEqual(expected.map((pair) => pair.replace(' ', ' account-')).sort());
  });

  it('measures compressed sends to the end of compression and writing', async () => {
    const monitoring = startMonitoring();
    const perMessageDeflate = { threshold: 0 };
    const { client, socket } = await startSocket(ws, { perMessageDeflate });
    expect(socket.extensions).toContain('permessage-deflate');
    wrapSocket(socket, { monitoring });
    const payload = 'compressible '.repeat(50_000);
    const received = receive(client, 3);
    const message = newMessage();
    await runWithMessage(message, () =>
      Promise.all(
        [1, 2, 3].map(() =>
          called((callback) => {
            socket.send(payload, callback);
          }),
        ),
      ),
    );
    expect((await received).map((data) => data.length)).toEqual([payload.length, payload.length, payload.length]);
    const times = (await pointsOf(monitoring, 'ws_requests')).map((point) => numberField(point, 'transport_time'));
    expect(times).toHaveLength(3);
    // They queue behind the compressor, in order.
    expect(times).toEqual([...times].sort((left, right) => left - right));
  });

  it('measures what a stream over the socket sends', async () => {
    const monitoring = startMonitoring();
    const { client, socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    const stream = ws.createWebSocketStream(socket);
    const received = receive(client, 2);
    await called((callback) => {
      runWithMessage(newMessage(), () => {
        stream.write('one');
        stream.write('two', callback);
      });
    });
    expect((await received).map(String)).toEqual(['one', 'two']);
    expect(await pointsOf(monitoring, 'ws_requests')).toHaveLength(2);
  });

  it('counts a message sent in fragments once, at its end', async () => {
    const monitoring = startMonitoring();
    const { client, socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    const received = receive(client);
    await called((callback) => {
      runWithMessage(newMessage(), () => {
        socket.send('one ', { fin: false });
        socket.send('two ', { fin: false });
        socket.send('three', { fin: true }, callback);
      });
    });
    expect((await received).map(String)).toEqual(['one two three']);
    expect(await pointsOf(monitoring, 'ws_requests')).toHaveLength(1);
  });

  it.each(['closing', 'closed'])('records an error 29004 for a send on a %s socket', async (state) => {
    const monitoring = startMonitoring({ service: 'sender' });
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    socket.close();
    if (state === 'closed') await once(socket, 'close');
    const [error] = await called((callback) => {
      runWithMessage(newMessage(), () => {
        socket.send('without callback');
        socket.send('too late', callback);
      });
    });
    expect(error).toBeInstanceOf(Error);
    const points = await pointsOf(monitoring, 'subscription_error');
    expect(points.map(({ tags }) => tags)).toEqual(Array(2).fill({ error_code: '29004', service: 'sender' }));
    expect(points.map(({ fields }) => fields)).toEqual(Array(2).fill({ count: 1n }));
    expect(await pointsOf(monitoring, 'ws_requests')).toEqual([]);
  });

  it('records an error for each send that a broken connection took with it', async () => {
    const monitoring = startMonitoring();
    const { client, socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    stopReading(client);
    const sent: Promise<unknown[]>[] = [];
    runWithMessage(newMessage(), () => {
      for (let index = 0; index < 300; index += 1) {
        sent.push(
          called((callback) => {
            socket.send(Buffer.alloc(64 * 1024), callback);
          }),
        );
      }
    });
    socket.terminate();
    const failures = (await Promise.all(sent)).filter(([error]) => error instanceof Error).length;
    expect(failures).toBeGreaterThan(0);
    expect(await pointsOf(monitoring, 'subscription_error')).toHaveLength(failures);
    expect(await pointsOf(monitoring, 'ws_requests')).toHaveLength(300 - failures);
  });

  it('throws as ever where the socket is still connecting, and records nothing', async () => {
    const monitoring = startMonitoring();
    const socket = new ws.WebSocket('ws://127.0.0.1:1');
    const failed = once(socket, 'error');
    const bare = caught(() => {
      socket.send('early');
    });
    wrapSocket(socket, { monitoring, gauges: true });
    const wrapped = runWithMessage(newMessage(), () =>
      caught(() => {
        socket.send('early');
      }),
    );
    await failed;
    expect(wrapped).toEqual(bare);
    expect(String(wrapped)).toContain('CONNECTING');
    expect(await pointsOf(monitoring, 'subscription_error')).toEqual([]);
    expect(await pointsOf(monitoring, 'ws_requests')).toEqual([]);
  });
});

function caught(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
