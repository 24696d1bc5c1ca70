/** Slots the window holds: 2^26 µs, the last 67 s. One bit a slot makes 8 MiB, of which only touched pages are resident. */
export const WINDOW_SLOTS = 2 ** 26;

const WORD_BITS = 32;
const WORD_COUNT = WINDOW_SLOTS / WORD_BITS;
const ALL_USED = 0xffffffff | 0;

/** Every 1,024th slot is kept for events from outside the window, so that they never meet one from inside. */
const RESERVED_EVERY = 1024;
const WORDS_PER_RESERVED = RESERVED_EVERY / WORD_BITS;
const RESERVED_BIT = 1 << (WORD_BITS - 1);

/** How many slots outside the window are remembered; the earliest claimed are forgotten first. */
const MAX_OUTSIDE = 65_536;

/**
 * The microsecond slots that this process has given to points, so that none is given twice.
 *
 * ```
 *        outside (a set)      │◄────────── window: one bit a slot ──────────►│
 *  ──────┴──────────┴─────────┼──█─██───█──────────█████──█──█──█──█──█──────┤──► time
 *   only each 1,024th slot    │   never the 1,024th slots                    head
 * ```
 *
 * Inside the window a claim takes the slot asked for or the next free one. Outside (a request that lasted minutes,
 * points of the past given by hand) it takes the next free one of the reserved slots, at most 1,024 µs later while
 * fewer than 65,536 such claims are remembered.
 */
export class UsedSlots {
  readonly #words = new Int32Array(WORD_COUNT);
  readonly #outside = new Set<number>();
  /** The latest slot the window holds; it covers `(#head - WINDOW_SLOTS, #head]`. */
  #head: number;
  /** `[#runStart, #runEnd)` is known to be full: a claim within starts to look at its end, so a burst costs O(1) each. */
  #runStart = 0;
  #runEnd = 0;

  /** @param now - the slot of the present */
  constructor(now: number) {
    this.#head = endOfWord(now);
    for (let word = WORDS_PER_RESERVED - 1; word < WORD_COUNT; word += WORDS_PER_RESERVED) {
      this.#words[word] = RESERVED_BIT;
    }
  }

  /**
   * Takes a slot.
   *
   * @param wanted - the slot of the event, in microseconds since the epoch
   * @param now - the slot of the present; a claim far beyond it is one from outside
   * @returns the slot wanted or the next free one
   */
  claim(wanted: number, now: number): number {
    if (wanted > now + WINDOW_SLOTS / 2 || wanted <= this.#head - WINDOW_SLOTS) return this.#claimOutside(wanted);
    let slot = wanted;
    if (slot >= this.#runStart && slot < this.#runEnd) slot = this.#runEnd;
    slot = this.#nextFree(slot);
    const wordIndex = wordOf(slot);
    // wordOf gives an index below WORD_COUNT, so the word is there.
    this.#words[wordIndex] = (this.#words[wordIndex] as number) | (1 << (slot % WORD_BITS));
    if (wanted < this.#runStart || wanted > this.#runEnd) this.#runStart = wanted;
    this.#runEnd = slot + 1;
    return slot;
  }

  #nextFree(from: number): number {
    let slot = from;
    for (;;) {
      if (slot > this.#head) this.#advance(slot);
      const used = this.#words[wordOf(slot)] as number;
      const shift = slot % WORD_BITS;
      const free = ~used & (ALL_USED << shift);
      const wordStart = slot - shift;
      if (free !== 0) return wordStart + lowestBit(free);
      slot = wordStart + WORD_BITS;
    }
  }

  /** Moves the window so that it ends with the word of `slot`, and clears the words that come in. */
  #advance(slot: number): void {
    const newHead = endOfWord(slot);
    const wordsIn = Math.min((newHead - this.#head) / WORD_BITS, WORD_COUNT);
    for (let back = wordsIn - 1; back >= 0; back -= 1) {
      const word = wordOf(newHead - back * WORD_BITS);
      this.#words[word] = word % WORDS_PER_RESERVED === WORDS_PER_RESERVED - 1 ? RESERVED_BIT : 0;
    }
    this.#head = newHead;
  }

  #claimOutside(wanted: number): number {
    let slot = wanted + RESERVED_EVERY - 1 - (wanted % RESERVED_EVERY);
    while (this.#outside.has(slot)) slot += RESERVED_EVERY;
    this.#outside.add(slot);
    if (this.#outside.size > MAX_OUTSIDE) this.#forgetEarliest();
    return slot;
  }

  #forgetEarliest(): void {
    for (const earliest of this.#outside) {
      this.#outside.delete(earliest);
      return;
    }
  }
}

function endOfWord(slot: number): number {
  return slot - (slot % WORD_BITS) + WORD_BITS - 1;
}

function wordOf(slot: number): number {
  return Math.floor(slot / WORD_BITS) % WORD_COUNT;
}

function lowestBit(bits: number): number {
  return WORD_BITS - 1 - Math.clz32(bits & -bits);
}
