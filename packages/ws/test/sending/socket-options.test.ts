import { createServer } from 'node:http';
import { Socket } from 'node:net';
import { LunaRequestInfluxMonitoring, defaultMonitoring, runWithMessage } from '@influx-monitoring/core';
import { WebSocketServer, type WebSocket } from 'ws';
import * as ws from 'ws';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { unwrapSocket, wrapSocket, type WrapSocketOptions } from '../../src/index.ts';
import { newMessage, numberField, pointsOf, startMonitoring } from '../support/monitored.ts';
import { called, startSocket } from '../support/real-ws.ts';

/** Sends in answer to a message and waits until the send is over. */
const answer = (socket: WebSocket, requestId?: string): Promise<unknown> =>
  called((callback) => {
    runWithMessage(newMessage(requestId), () => {
      socket.send('event', callback);
    });
  });

describe('the options of wrapSocket', () => {
  it('ask functions for account and request id at each send', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    const accounts = new Map<WebSocket, string>();
    wrapSocket(socket, {
      monitoring,
      accountId: (asked) => accounts.get(asked),
      requestId: (_asked, { channel, requestId }) => `${channel}/${requestId}`,
    });
    await answer(socket, 'first');
    accounts.set(socket, 'known-late');
    await answer(socket, 'second');
    const points = await pointsOf(monitoring, 'ws_requests');
    expect(points.map(({ tags, fields }) => [tags['account_id'], fields['request_id']])).toEqual([
      ['none', 'luna-sender:account-1/first'],
      ['known-late', 'luna-sender:account-1/second'],
    ]);
  });

  it('give each send of one message the id that it was asked for', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    let asked = 0;
    wrapSocket(socket, { monitoring, accountId: 'one', requestId: () => `send ${String((asked += 1))}` });
    await called((callback) => {
      runWithMessage(newMessage(), () => {
        socket.send('first');
        socket.send('second');
        socket.send('third', callback);
      });
    });
    const points = await pointsOf(monitoring, 'ws_requests');
    expect(points.map(({ fields }) => fields['request_id'])).toEqual(['send 1', 'send 2', 'send 3']);
  });

  it('tell the messages of one request id apart, each with its own time', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring, accountId: 'one' });
    const [late, early] = [newMessage('same'), newMessage('same')];
    const before = { ...early, receivedAtMs: early.receivedAtMs - 10_000 };
    await called((callback) => {
      runWithMessage(late, () => {
        socket.send('late');
      });
      runWithMessage(before, () => {
        socket.send('early', callback);
      });
    });
    const points = await pointsOf(monitoring, 'ws_requests');
    const [lateTime = NaN, earlyTime = NaN] = points.map((point) => numberField(point, 'transport_time'));
    expect(earlyTime - lateTime).toBeGreaterThan(9);
  });

  it.each<{ name: string; options: object }>([
    { name: 'is not given', options: {} },
    { name: 'is empty', options: { accountId: '', requestId: '' } },
    { name: 'gives no text', options: { accountId: () => ({ toString: fail }), requestId: () => 7 } },
    { name: 'throws', options: { accountId: fail, requestId: fail } },
    { name: 'rejects', options: { accountId: reject, requestId: reject } },
    { name: 'gives a promise', options: { accountId: promise, requestId: promise } },
  ])("say none, and the message's id, where an option $name", async ({ name, options }) => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    // JavaScript may give functions that return what the types do not allow.
    wrapSocket(socket, { monitoring, ...(options as WrapSocketOptions<WebSocket>) });
    await answer(socket, 'of the message');
    const [point] = await pointsOf(monitoring, 'ws_requests');
    expect(point?.tags['account_id']).toBe('none');
    expect(point?.fields['request_id']).toBe('of the message');
    expect(monitoring.stats().counters).toEqual(FAILING.includes(name) ? { ws_option_threw: 2 } : {});
  });

  it.each(['a\nb', 'a"b\\', 'a,b=c d', '__proto__', '\u0000\u001b', '\ud800', 'x'.repeat(1_000_000)])(
    'store an account id of any text: %j',
    async (accountId) => {
      const monitoring = startMonitoring();
      const { socket } = await startSocket(ws);
      wrapSocket(socket, { monitoring, accountId, requestId: accountId });
      await answer(socket);
      expect(await pointsOf(monitoring, 'ws_requests')).toHaveLength(1);
      expect(monitoring.stats()).toMatchObject({ recorded: 1, delivered: 1, dropped: 0 });
    },
  );

  it('keep 128 characters of an account, and no half of one', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    const accountId = 'x'.repeat(127) + '\u{1f600}';
    wrapSocket(socket, { monitoring, accountId: () => accountId });
    await answer(socket);
    unwrapSocket(socket);
    wrapSocket(socket, { monitoring, accountId: 'y'.repeat(1_000_000) });
    await answer(socket);
    const points = await pointsOf(monitoring, 'ws_requests');
    expect(points.map(({ tags }) => tags['account_id'])).toEqual(['x'.repeat(127), 'y'.repeat(128)]);
  });

  it('record a share of the sends, and all that are slow', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    const random = vi.spyOn(Math, 'random').mockReturnValueOnce(0.3).mockReturnValueOnce(0.2);
    onTestFinished(() => {
      random.mockRestore();
    });
    wrapSocket(socket, { monitoring, sampleRate: 0.25, slowSeconds: 3600 });
    await answer(socket, 'left out');
    await answer(socket, 'kept');
    await called((callback) => {
      runWithMessage({ ...newMessage('slow'), receivedAtMs: performance.now() - 10_000 }, () => {
        unwrapSocket(socket);
        wrapSocket(socket, { monitoring, sampleRate: 0, slowSeconds: 10 });
        socket.send('event', callback);
      });
    });
    const points = await pointsOf(monitoring, 'ws_requests');
    expect(points.map(({ fields }) => [fields['request_id'], fields['sample_rate']]).sort()).toEqual([
      ['kept', 0.25],
      ['slow', 1],
    ]);
  });

  it('sample none of a series that is folded, whose counts would be too small', async () => {
    const monitoring = startMonitoring({ aggregate: { series: ['ws_requests'] } });
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring, sampleRate: 0 });
    for (const id of ['one', 'two', 'three']) await answer(socket, id);
    const [summary] = await pointsOf(monitoring, 'ws_requests_summary');
    expect(summary?.fields['count']).toBe(3n);
  });

  it('are those of the first call where a socket is wrapped twice', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    wrapSocket(wrapSocket(socket, { monitoring, accountId: 'first' }), { monitoring, accountId: 'second' });
    await answer(socket);
    const points = await pointsOf(monitoring, 'ws_requests');
    expect(points.map(({ tags }) => tags['account_id'])).toEqual(['first']);
  });

  it('leave the socket untouched where monitoring is disabled', async () => {
    const monitoring = new LunaRequestInfluxMonitoring({ enabled: false });
    const { socket } = await startSocket(ws);
    const keys = Reflect.ownKeys(socket);
    expect(wrapSocket(socket, { monitoring })).toBe(socket);
    expect(Reflect.ownKeys(socket)).toEqual(keys);
  });

  it('take the monitoring of the process where none is given', async () => {
    const said = vi.spyOn(console, 'info').mockImplementation(() => undefined);
    const monitoring = defaultMonitoring();
    said.mockClear();
    onTestFinished(async () => {
      await monitoring.stop();
    });
    const { socket } = await startSocket(ws);
    wrapSocket(socket);
    await answer(socket);
    expect(await pointsOf(monitoring, 'ws_requests')).toHaveLength(1);
  });

  it.each<[string, object, string]>([
    ['an unknown key', { account: 'a' }, 'unknown option "account"'],
    ['a number as account', { accountId: 7 }, 'expected "accountId" to be a string or a function, got the number 7'],
    ['a period of zero', { gaugePeriodSeconds: 0 }, 'expected "gaugePeriodSeconds" to be a number of seconds'],
    ['a share above 1', { sampleRate: 2 }, 'expected "sampleRate" to be a number of samples a send from 0 to 1'],
    ['gauges of text', { gauges: 'yes' }, 'expected "gauges" to be true or false'],
    ['no monitoring', { monitoring: {} }, 'expected "monitoring" to be a monitoring'],
  ])('are checked at once: %s', async (_name, options, message) => {
    const { socket } = await startSocket(ws);
    expect(() => wrapSocket(socket, options)).toThrow(message);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a plain object', {}],
    ['a server of ws', new WebSocketServer({ noServer: true })],
    ['an HTTP server', createServer()],
    ['a TCP socket', new Socket()],
    ['a frozen object', Object.freeze({ readyState: 1, bufferedAmount: 0, send: fail, terminate: fail })],
  ])('do not help to wrap %s', (_name, value) => {
    expect(() => wrapSocket(value as WebSocket)).toThrow(
      expect.objectContaining({ code: 'ERR_NOT_INSTRUMENTABLE' }) as Error,
    );
  });
});

describe('unwrapSocket', () => {
  it("gives back a send of the socket's own", async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    const sent: unknown[] = [];
    const own = (data: unknown, _options: unknown, callback: () => void): void => {
      sent.push(data);
      callback();
    };
    Object.defineProperty(socket, 'send', { configurable: true, enumerable: true, value: own, writable: false });
    const before = Object.getOwnPropertyDescriptor(socket, 'send');
    wrapSocket(socket, { monitoring });
    await answer(socket);
    expect(sent).toEqual(['event']);
    expect(await pointsOf(monitoring, 'ws_requests')).toHaveLength(1);
    unwrapSocket(socket);
    expect(Object.getOwnPropertyDescriptor(socket, 'send')).toEqual(before);
  });

  it('lets a send that was put over it go on, unmeasured, and can be undone', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    const ours = socket.send.bind(socket);
    const over = (data: string, callback: () => void): void => {
      ours(data, callback);
    };
    socket.send = over as WebSocket['send'];
    unwrapSocket(socket);
    await answer(socket);
    expect(Reflect.get(socket, 'send')).toBe(over);
    expect(await pointsOf(monitoring, 'ws_requests')).toEqual([]);
    wrapSocket(socket, { monitoring });
    await answer(socket);
    expect(await pointsOf(monitoring, 'ws_requests')).toHaveLength(1);
  });

  it('ends the measuring, and wrapping begins it again', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    unwrapSocket(wrapSocket(socket, { monitoring }));
    unwrapSocket(socket);
    await answer(socket);
    expect(await pointsOf(monitoring, 'ws_requests')).toEqual([]);
    wrapSocket(socket, { monitoring });
    await answer(socket);
    expect(await pointsOf(monitoring, 'ws_requests')).toHaveLength(1);
  });

  it('still records the sends that wait for their end', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    const isOver = answer(socket);
    unwrapSocket(socket);
    await isOver;
    expect(await pointsOf(monitoring, 'ws_requests')).toHaveLength(1);
  });

  it('never hides a prototype that is patched later', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    const spy = vi.spyOn(ws.WebSocket.prototype, 'send');
    onTestFinished(() => {
      spy.mockRestore();
    });
    await answer(socket);
    expect(spy).toHaveBeenCalledOnce();
  });
});

const FAILING: readonly string[] = ['throws', 'rejects', 'gives a promise'];

function reject(): Promise<never> {
  return Promise.reject(new Error('an option rejects'));
}

function promise(): Promise<string> {
  return Promise.resolve('a value that comes too late');
}

function fail(): never {
  throw new Error('an option threw');
}
