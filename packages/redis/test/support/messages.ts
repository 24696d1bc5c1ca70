import { MemoryMonitoringAdapter, type LunaRequestInfluxMonitoring, type StoredPoint } from '@influx-monitoring/core';

/** The points that a monitoring with the embedded store holds of one series, in the order of their events. */
export async function pointsOf(monitoring: LunaRequestInfluxMonitoring, series: string): Promise<StoredPoint[]> {
  await monitoring.flush();
  const { adapter } = monitoring;
  if (!(adapter instanceof MemoryMonitoringAdapter)) throw new TypeError('expected the embedded store');
  return adapter.client.points({ series }).sort((first, second) => first.time - second.time);
}

/** Something that is noted as it happens, and can be waited for. */
export class Journal<Entry> {
  readonly entries: Entry[] = [];
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  readonly note = (entry: Entry): void => {
    this.entries.push(entry);
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.entries.length < count) return true;
      resolve();
      return false;
    });
  };

  /** Resolves when so many entries were noted. */
  async reached(count: number): Promise<readonly Entry[]> {
    if (this.entries.length < count) {
      await new Promise<void>((resolve) => {
        this.#waiting.push({ count, resolve });
      });
    }
    return this.entries;
  }
}
