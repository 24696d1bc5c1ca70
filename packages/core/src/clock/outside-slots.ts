/** How many runs of used slots are told apart before neighbours are joined. */
const MAX_RUNS = 32_768;

/**
 * Used slots far from the present, of which there may be any number anywhere: runs of them, in order.
 *
 * None is ever forgotten, so none is given twice. Where there are too many runs, those with the smallest gaps between
 * them are joined and the gaps count as used: memory stays bounded, and later claims in there move a little further.
 */
export class OutsideSlots {
  /** First slots of the runs, ascending, and the slots behind their last ones. */
  #starts: number[] = [];
  #ends: number[] = [];

  /** @returns the slot wanted or the next free one */
  claim(wanted: number): number {
    const index = this.#runAt(wanted);
    const end = this.#ends[index];
    if (end === undefined || wanted > end) return this.#insert(index + 1, wanted);
    this.#ends[index] = end + 1;
    this.#joinNext(index);
    return end;
  }

  /** How many runs are remembered. */
  get runCount(): number {
    return this.#starts.length;
  }

  /** Index of the last run that begins at or before a slot; -1 where there is none. */
  #runAt(slot: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] as number) <= slot)
        low = middle + 1; // middle is below length
      else high = middle;
    }
    return low - 1;
  }

  #insert(index: number, slot: number): number {
    this.#starts.splice(index, 0, slot);
    this.#ends.splice(index, 0, slot + 1);
    this.#joinNext(index);
    if (this.#starts.length > MAX_RUNS) this.#joinClosest();
    return slot;
  }

  #joinNext(index: number): void {
    if (this.#starts[index + 1] !== this.#ends[index]) return;
    this.#ends.splice(index, 1);
    this.#starts.splice(index + 1, 1);
  }

  /** Halves the runs. It costs a few milliseconds once in 16,384 new runs. */
  #joinClosest(): void {
    const gaps = this.#starts.map((start, index) => start - (this.#ends[index - 1] ?? -Infinity));
    const limit = [...gaps].sort((left, right) => left - right)[MAX_RUNS / 2] ?? 0;
    const isFirst = gaps.map((gap) => gap > limit);
    const isLast = gaps.map((_, index) => isFirst[index + 1] ?? true);
    this.#starts = this.#starts.filter((_, index) => isFirst[index]);
    this.#ends = this.#ends.filter((_, index) => isLast[index]);
  }
}
