import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runInResource, runPlainly, type RunInStorage } from '../../src/messages/run-in-storage.ts';

describe.each<[string, RunInStorage]>([
  ['Node itself', runPlainly],
  ['a resource of its own', runInResource],
])('a store that %s sets', (_name, run) => {
  const storage = new AsyncLocalStorage<string | undefined>();
  const other = new AsyncLocalStorage<string>();

  it('is there while the function runs, and in all that it starts, and nowhere else', async () => {
    const emitter = new EventEmitter();
    const seen: unknown[] = [];
    emitter.on('told', () => seen.push(storage.getStore()));
    const later = run(storage, 'a', async () => {
      emitter.emit('told');
      await setImmediate();
      await new Promise((resolve) => setTimeout(resolve, 1));
      return storage.getStore();
    });
    emitter.emit('told');
    expect(seen).toEqual(['a', undefined]);
    expect(await later).toBe('a');
    expect(storage.getStore()).toBeUndefined();
  });

  it('lies over the one around it, and leaves that as it was', async () => {
    const stores = await run(storage, 'outer', async () => {
      const inner = run(storage, 'inner', async () => {
        await setImmediate();
        return storage.getStore();
      });
      const left = run(storage, undefined, () => storage.getStore());
      return [await inner, left, storage.getStore()];
    });
    expect(stores).toEqual(['inner', undefined, 'outer']);
  });

  it('leaves the stores of others where they are', async () => {
    const stores = await other.run('theirs', () =>
      run(storage, 'ours', async () => {
        await setImmediate();
        const within = other.run('theirs too', () => [storage.getStore(), other.getStore()]);
        return [within, storage.getStore(), other.getStore()];
      }),
    );
    expect(stores).toEqual([['ours', 'theirs too'], 'ours', 'theirs']);
    expect(other.getStore()).toBeUndefined();
  });

  it('ends where the function throws, with what it threw, and gives what the function gives', () => {
    const error = new Error('listener');
    expect(() =>
      run(storage, 'a', () => {
        throw error;
      }),
    ).toThrow(error);
    expect(storage.getStore()).toBeUndefined();
    expect(run(storage, 'a', () => 42)).toBe(42);
  });
});
