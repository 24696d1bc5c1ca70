import { LunaRequestInfluxMonitoring, runWithMessage } from '@influx-monitoring/core';
import * as ws from 'ws';
import { describe, expect, it } from 'vitest';
import { recordSend, wrapSocket } from '../../src/index.ts';
import { newMessage, numberField, pointsOf, startMonitoring } from '../support/monitored.ts';
import { startSocket } from '../support/real-ws.ts';

describe('recordSend', () => {
  it('measures until what it returned is called, and only once', async () => {
    const monitoring = startMonitoring({ service: 'io' });
    const message = { ...newMessage('bypassed'), receivedAtMs: performance.now() - 2000 };
    const isOver = recordSend({}, message, { monitoring, accountId: 'account-1' });
    expect(await pointsOf(monitoring, 'ws_requests')).toEqual([]);
    isOver();
    isOver(new Error('too late to matter'));
    const [point, ...others] = await pointsOf(monitoring, 'ws_requests');
    expect(others).toEqual([]);
    expect(point?.tags).toEqual({ account_id: 'account-1', service: 'io' });
    expect(numberField(point, 'transport_time')).toBeGreaterThanOrEqual(2);
    expect(await pointsOf(monitoring, 'subscription_error')).toEqual([]);
  });

  it('records an error 29004 where the send failed', async () => {
    const monitoring = startMonitoring();
    recordSend({}, newMessage(), { monitoring })(new Error('broken pipe'));
    const errors = await pointsOf(monitoring, 'subscription_error');
    expect(errors.map(({ tags }) => tags['error_code'])).toEqual(['29004']);
    expect(await pointsOf(monitoring, 'ws_requests')).toEqual([]);
  });

  it('takes the current message and the options of a wrapped socket', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring, accountId: 'of the socket' });
    runWithMessage(newMessage('current'), () => {
      recordSend(socket)();
    });
    const [point] = await pointsOf(monitoring, 'ws_requests');
    expect(point?.tags['account_id']).toBe('of the socket');
    expect(point?.fields['request_id']).toBe('current');
  });

  it('asks one account function for the socket of each send', async () => {
    const monitoring = startMonitoring();
    const options = { monitoring, accountId: (socket: { readonly account: string }) => socket.account };
    recordSend({ account: 'one' }, newMessage(), options)();
    recordSend({ account: 'two' }, newMessage(), options)();
    const points = await pointsOf(monitoring, 'ws_requests');
    expect(points.map(({ tags }) => tags['account_id'])).toEqual(['one', 'two']);
  });

  it('counts a send without a message, and records none', async () => {
    const monitoring = startMonitoring();
    recordSend({}, undefined, { monitoring })();
    expect(await pointsOf(monitoring, 'ws_requests')).toEqual([]);
    expect(monitoring.stats().counters).toEqual({ ws_send_without_context: 1 });
  });

  it('does nothing where monitoring is disabled', () => {
    const monitoring = new LunaRequestInfluxMonitoring({ enabled: false });
    recordSend({}, newMessage(), { monitoring })();
    recordSend({}, undefined, { monitoring })();
    expect(monitoring.stats()).toMatchObject({ recorded: 0, counters: {} });
  });

  it('refuses options that are none', () => {
    expect(() => recordSend({}, newMessage(), { account: 'a' } as object)).toThrow('unknown option "account"');
  });
});
