import { AsyncResource } from 'node:async_hooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { currentMessage, LunaRequestInfluxMonitoring, runWithMessage, type MessageContext } from '../../src/index.ts';
import { isTooOld, MESSAGE_TOO_OLD } from '../../src/messages/message-age.ts';

function start(maxMessageAgeSeconds?: number): LunaRequestInfluxMonitoring {
  const monitoring = new LunaRequestInfluxMonitoring({ maxMessageAgeSeconds });
  onTestFinished(async () => {
    await monitoring.stop();
  });
  return monitoring;
}

function messageOfAge(seconds: number): MessageContext {
  return {
    channel: 'c',
    receivedAt: Date.now() / 1000 - seconds,
    receivedAtMs: performance.now() - seconds * 1000,
    requestId: 'r',
  };
}

describe('the age of a message', () => {
  it('ends its context after a minute, and is counted', () => {
    const monitoring = start();
    expect(runWithMessage(messageOfAge(59), currentMessage)).toBeDefined();
    expect(runWithMessage(messageOfAge(61), currentMessage)).toBeUndefined();
    expect(monitoring.stats().counters).toEqual({ [MESSAGE_TOO_OLD]: 1 });
  });

  it('is that of the monitoring made last, for currentMessage()', () => {
    start(600);
    const last = start(2);
    const read = runWithMessage(messageOfAge(3), () => AsyncResource.bind(currentMessage));
    expect(read()).toBeUndefined();
    expect(last.stats().counters).toEqual({ [MESSAGE_TOO_OLD]: 1 });
    start(600);
    expect(read()).toBeDefined();
  });

  it('is told for each monitoring by its own setting', () => {
    const patient = start(600);
    const impatient = start(2);
    const message = messageOfAge(3);
    expect(isTooOld(message, patient)).toBe(false);
    expect(isTooOld(message, impatient)).toBe(true);
    expect(patient.stats().counters).toEqual({});
  });

  it('has no end that a monitoring which is switched off could set', () => {
    start(600);
    new LunaRequestInfluxMonitoring({ enabled: false, maxMessageAgeSeconds: 1 });
    expect(runWithMessage(messageOfAge(3), currentMessage)).toBeDefined();
  });
});
