import { AsyncResource } from 'node:async_hooks';
import { EventEmitter, once } from 'node:events';
import { setTimeout as pass } from 'node:timers/promises';
import { currentMessage, runWithMessage, runWithoutMessage, type MessageContext } from '@influx-monitoring/core';
import { describe, expect, it } from 'vitest';
import { newMessage } from '../support/monitored.ts';

// What the README says of "Which message a send belongs to".
const here = (): string | undefined => currentMessage()?.requestId;

describe('the context of a message', () => {
  it.each<[string, () => Promise<string | undefined>]>([
    ['await', () => pass(1).then(here)],
    [
      'a timer',
      () =>
        new Promise((resolve) => {
          setTimeout(() => {
            resolve(here());
          }, 1);
        }),
    ],
    [
      'a microtask',
      () =>
        new Promise((resolve) => {
          queueMicrotask(() => {
            resolve(here());
          });
        }),
    ],
    [
      'an event emitter',
      async () => {
        const emitter = new EventEmitter();
        const seen = once(emitter, 'seen');
        emitter.on('event', () => emitter.emit('seen', here()));
        emitter.emit('event');
        const [id] = (await seen) as [string | undefined];
        return id;
      },
    ],
  ])('is kept by %s', async (_name, way) => {
    expect(await runWithMessage(newMessage('A'), way)).toBe('A');
  });

  it('is that of who empties a queue, unless it travels beside the job', () => {
    const jobs: { readonly message: MessageContext | undefined; readonly run: () => void }[] = [];
    const seen: unknown[] = [];
    const enqueue = (): void => {
      jobs.push({ message: currentMessage(), run: () => seen.push(here()) });
    };
    for (const id of ['A', 'B']) runWithMessage(newMessage(id), enqueue);
    enqueue();
    runWithMessage(newMessage('C'), () => {
      for (const { run } of jobs) run();
      for (const { message, run } of jobs) {
        if (message === undefined) runWithoutMessage(run);
        else runWithMessage(message, run);
      }
    });
    expect(seen).toEqual(['C', 'C', 'C', 'A', 'B', undefined]);
  });

  it('is that of who calls back, unless the callback is bound', () => {
    const bound = runWithMessage(newMessage('A'), () => AsyncResource.bind(here));
    expect(runWithMessage(newMessage('B'), () => [here(), bound()])).toEqual(['B', 'A']);
  });

  it('stays with what the first message starts, unless that is started outside', async () => {
    const beat = (): Promise<string | undefined> =>
      new Promise((resolve) => {
        const timer = setInterval(() => {
          clearInterval(timer);
          resolve(here());
        }, 1);
      });
    const beats = runWithMessage(newMessage('A'), () => [beat(), runWithoutMessage(beat)]);
    expect(await Promise.all(beats)).toEqual(['A', undefined]);
  });
});
