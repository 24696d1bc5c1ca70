import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { currentMessage, runSynchronouslyWithMessage, runWithMessage, type MessageContext } from '../../src/index.ts';

function message(requestId: string): MessageContext {
  return { channel: 'luna-sender:1', receivedAt: 1.5, receivedAtMs: 2, requestId };
}

describe('the context of a message', () => {
  it('is known to what it called, across awaits, and to nobody else', async () => {
    const read = runWithMessage(message('a'), async () => {
      await setImmediate();
      return currentMessage()?.requestId;
    });
    expect(currentMessage()).toBeUndefined();
    expect(await read).toBe('a');
  });

  it('ends with the function where it is synchronous, whatever that awaits', async () => {
    const read = runSynchronouslyWithMessage(message('a'), async () => {
      const before = currentMessage()?.requestId;
      await setImmediate();
      return [before, currentMessage()?.requestId];
    });
    expect(currentMessage()).toBeUndefined();
    expect(await read).toEqual(['a', undefined]);
  });

  it('ends with a synchronous function that throws', () => {
    const error = new Error('listener');
    expect(() =>
      runSynchronouslyWithMessage(message('a'), () => {
        throw error;
      }),
    ).toThrow(error);
    expect(currentMessage()).toBeUndefined();
  });

  it('is the innermost one, of whichever kind', async () => {
    const seen: (string | undefined)[] = [];
    const note = () => seen.push(currentMessage()?.requestId);
    const later = runSynchronouslyWithMessage(message('a'), () => {
      const inner = runWithMessage(message('b'), async () => {
        note();
        runSynchronouslyWithMessage(message('c'), note);
        note();
        await setImmediate();
        note();
      });
      note();
      return inner;
    });
    await later;
    expect(seen).toEqual(['b', 'c', 'b', 'a', 'b']);
  });
});
