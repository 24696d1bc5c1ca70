import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMonitoring } from '../../src/index.ts';
import { LOSS_SHOWN_MS } from '../../src/ledger/health.ts';
import { Delivery } from '../../src/sending/delivery.ts';
import { quiet, recordLines } from '../sending/support/lines.ts';
import { AWAY, DELIVERED, ScriptedWire } from '../sending/support/scripted-wire.ts';

const START_MS = Date.UTC(2026, 0, 1);

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the health of delivery', () => {
  it('is ok from the start, waits for a database that is away, and is ok again', async () => {
    const wire = new ScriptedWire(() => AWAY);
    const delivery = new Delivery(wire, quiet());
    expect(delivery.health()).toEqual({ state: 'ok', reason: '', since: START_MS / 1000 });
    recordLines(delivery, 0, 1);
    await vi.advanceTimersByTimeAsync(1000);
    await delivery.flush();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(delivery.health()).toEqual({
      state: 'waiting',
      reason: AWAY.kind === 'retry' && AWAY.reason,
      since: START_MS / 1000 + 1,
    });
    wire.answer = () => DELIVERED;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(delivery.health()).toMatchObject({ state: 'ok', reason: '' });
    expect(delivery.health().since).toBeGreaterThan(START_MS / 1000 + 30);
  });

  it('needs an operator where somebody has to act, until there is another wire', async () => {
    const wire = new ScriptedWire(() => ({ kind: 'retry', reason: 'HTTP 401', needsOperator: true }));
    const delivery = new Delivery(wire, quiet());
    recordLines(delivery, 0, 1);
    await delivery.flush();
    expect(delivery.health()).toEqual({ state: 'needs-operator', reason: 'HTTP 401', since: START_MS / 1000 });
    delivery.redirect(new ScriptedWire());
    await vi.advanceTimersByTimeAsync(0);
    expect(delivery.health().state).toBe('ok');
  });

  it('is losing for a minute after the last loss, whatever else is', async () => {
    const delivery = new Delivery(new ScriptedWire(() => AWAY), quiet());
    recordLines(delivery, 0, 1);
    await delivery.flush();
    delivery.recordUnstorable('requests');
    await vi.advanceTimersByTimeAsync(LOSS_SHOWN_MS - 1);
    delivery.recordUnstorable('requests');
    await vi.advanceTimersByTimeAsync(LOSS_SHOWN_MS - 1);
    expect(delivery.health()).toEqual({
      state: 'losing',
      reason: 'points are dropped: unstorable',
      since: START_MS / 1000,
    });
    await vi.advanceTimersByTimeAsync(1);
    expect(delivery.health().state).toBe('waiting');
  });

  it('is stopped in the end, and is that of the monitoring', async () => {
    vi.useRealTimers();
    const monitoring = createMonitoring(
      { logger: { info: () => undefined, warn: () => undefined, error: () => undefined } },
      { environment: {} },
    );
    expect(monitoring.health()).toMatchObject({ state: 'ok', reason: '' });
    await monitoring.stop();
    expect(monitoring.health()).toMatchObject({ state: 'stopped' });
  });
});
