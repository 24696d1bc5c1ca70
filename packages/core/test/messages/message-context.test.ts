import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  currentMessage,
  runSynchronouslyWithMessage,
  runWithMessage,
  runWithoutMessage,
  type MessageContext,
} from '../../src/index.ts';
import { callAsCarried, carriedMessage, isCarriedSynchronously } from '../../src/messages/message-context.ts';

function message(requestId: string): MessageContext {
  return { channel: 'luna-sender:1', receivedAt: 1.5, receivedAtMs: performance.now(), requestId };
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

  it('is left by what is to outlive the message, of whichever kind it is', async () => {
    const read = async (): Promise<(string | undefined)[]> => {
      const before = currentMessage()?.requestId;
      await setImmediate();
      return [before, currentMessage()?.requestId];
    };
    const outside = [undefined, undefined];
    expect(await runWithoutMessage(read)).toEqual(outside);
    expect(await runSynchronouslyWithMessage(message('a'), () => runWithoutMessage(read))).toEqual(outside);
    const both = runWithMessage(message('a'), () =>
      runSynchronouslyWithMessage(message('b'), () => {
        const left = runWithoutMessage(read);
        expect(currentMessage()?.requestId).toBe('b');
        return Promise.all([left, runWithoutMessage(() => runWithMessage(message('c'), read))]);
      }),
    );
    expect(await both).toEqual([outside, ['c', 'c']]);
  });

  it('is left and given back where the function throws', () => {
    const error = new Error('listener');
    runWithMessage(message('a'), () => {
      expect(() =>
        runWithoutMessage(() => {
          throw error;
        }),
      ).toThrow(error);
      expect(currentMessage()?.requestId).toBe('a');
    });
  });

  it.each([
    [
      'outside any',
      (fn: () => void) => {
        fn();
      },
    ],
    [
      'in an asynchronous one',
      (fn: () => void) => {
        runWithMessage(message('a'), fn);
      },
    ],
    [
      'in a synchronous one',
      (fn: () => void) => {
        runSynchronouslyWithMessage(message('a'), fn);
      },
    ],
  ])('is what it was when something began %s, whoever calls back', (_name, begin) => {
    let carried: MessageContext | undefined;
    let wasSynchronous = false;
    begin(() => {
      carried = carriedMessage();
      wasSynchronous = isCarriedSynchronously();
    });
    const seen: unknown[] = [];
    const call = (): void => {
      callAsCarried(carried, wasSynchronous, () => seen.push(carriedMessage(), isCarriedSynchronously()));
    };
    call();
    runWithMessage(message('b'), call);
    runSynchronouslyWithMessage(message('c'), call);
    begin(call);
    expect(seen).toEqual(Array.from({ length: 4 }, () => [carried, wasSynchronous]).flat());
  });
});
