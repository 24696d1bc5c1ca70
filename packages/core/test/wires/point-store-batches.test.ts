import { describe, expect, it, vi } from 'vitest';
import { batchOfText } from '../../src/batch/batch.ts';
import { PointStore } from '../../src/index.ts';

const line = (index: number): string =>
  `redis_message,chanel=c${String(index)} request_id="r" ${String(index)}000000000`;
const textOf = (store: PointStore, after: number): string[] =>
  store.batchesAfter(after).map(({ bytes }) => bytes.toString());

describe('PointStore.batchesAfter', () => {
  it('gives what came after the last batch that was read, each once', () => {
    const store = new PointStore();
    expect(store.batchesAfter(0)).toEqual([]);
    store.add(batchOfText(line(1)));
    store.add(batchOfText(`${line(2)}\n${line(3)}`));
    const first = store.batchesAfter(0);
    expect(first.map(({ lineCount, sequence }) => [sequence, lineCount])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(store.batchesAfter(2)).toEqual([]);
    store.add(batchOfText(line(4)));
    expect(textOf(store, 2)).toEqual([line(4)]);
  });

  it('goes on with what is left where batches were forgotten before they were read', () => {
    const store = new PointStore({ maxBytes: 3 * line(1).length });
    for (let index = 1; index <= 9; index += 1) store.add(batchOfText(line(index)));
    expect(textOf(store, 2)).toEqual([line(7), line(8), line(9)]);
    expect(textOf(store, 8)).toEqual([line(9)]);
    expect(store.forgottenCount).toBe(6);
  });

  it('takes single lines, and has them for readers at once', () => {
    const store = new PointStore();
    store.addLine(line(1));
    store.addLine(line(2));
    expect(textOf(store, 0)).toEqual([`${line(1)}\n${line(2)}`]);
    store.addLine(line(3));
    expect(store.points().map(({ tags }) => tags['chanel'])).toEqual(['c1', 'c2', 'c3']);
  });

  it('forgets single lines by their age though nobody reads', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const store = new PointStore({ keepSeconds: 60 });
      store.addLine(line(1));
      vi.advanceTimersByTime(5000);
      store.addLine(line(2));
      vi.advanceTimersByTime(60_001);
      store.addLine(line(3));
      expect(textOf(store, 0)).toEqual([line(3)]);
      expect(store.forgottenCount).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });
});
