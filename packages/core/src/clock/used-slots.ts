import { OutsideSlots } from './outside-slots.ts';

/** Slots the window holds: 2^26 µs, 67 s. */
export const WINDOW_SLOTS = 2 ** 26;

const WORD_BITS = 32;
const WORDS_PER_BLOCK = 1024;
const SLOTS_PER_BLOCK = WORDS_PER_BLOCK * WORD_BITS;
const BLOCK_COUNT = WINDOW_SLOTS / SLOTS_PER_BLOCK;
const ALL_USED = 0xffffffff | 0;

/** Every 1,024th slot is kept for events from outside the window, so that they never meet one from inside. */
const RESERVED_EVERY = 1024;
const WORDS_PER_RESERVED = RESERVED_EVERY / WORD_BITS;
const LAST_WORD_BEFORE_RESERVED = WORDS_PER_RESERVED - 1;
const RESERVED_BIT = 1 << (WORD_BITS - 1);

/** 32,768 slots in a row, one bit each: 33 ms in 4 KiB. */
interface SlotBlock {
  /** Which block of all time this is. At one place of the ring it only ever grows. */
  number: number;
  /** No slot before this word is free. */
  firstOpenWord: number;
  readonly words: Int32Array;
}

/**
 * The microsecond slots that this process has given to points, so that none is given twice.
 *
 * ```
 *     outside: runs of slots   │◄── window: a ring of blocks, one bit a slot ──►│   outside
 *  ──────┴──────────┴──────────┼──█─██───█──────────█████──█──█──█──█──█────────┤─────┴────► time
 *   only each 1,024th slot     │   never the 1,024th slots                 now  +33 s
 * ```
 *
 * Inside the window a claim takes the slot asked for or the next free one. Outside (a request that lasted minutes,
 * points of the past given by hand) it takes the next free one of the reserved slots, 1 ms apart.
 *
 * Blocks are made when the first slot in them is claimed: a service at rest takes no memory here, a busy one up to
 * 8 MiB.
 */
export class UsedSlots {
  readonly #ring: (SlotBlock | undefined)[] = new Array<SlotBlock | undefined>(BLOCK_COUNT).fill(undefined);
  readonly #outside = new OutsideSlots();
  /** `[#runStart, #runEnd)` is known to be full: a claim within starts to look at its end, so a burst costs O(1) each. */
  #runStart = 0;
  #runEnd = 0;

  /**
   * Takes a slot.
   *
   * @param wanted - the slot of the event, in microseconds since the epoch
   * @param now - the slot of the present; a claim far beyond it is one from outside
   * @returns the slot wanted or the next free one
   */
  claim(wanted: number, now: number): number {
    return this.claimInside(wanted, now) ?? this.#claimOutside(wanted);
  }

  /** As `claim`, but `undefined` where the event is outside the window. */
  claimInside(wanted: number, now: number): number | undefined {
    if (wanted > now + WINDOW_SLOTS / 2) return undefined;
    const isInRun = wanted >= this.#runStart && wanted < this.#runEnd;
    const slot = this.#take(isInRun ? this.#runEnd : wanted);
    if (slot === undefined) return undefined;
    if (!isInRun && wanted !== this.#runEnd) this.#runStart = wanted;
    this.#runEnd = slot + 1;
    return slot;
  }

  /** Takes the next free slot; `undefined` where the search comes to a block that was overtaken. */
  #take(from: number): number | undefined {
    let number = Math.floor(from / SLOTS_PER_BLOCK);
    // A slot has more than 32 bits; the bitwise operators take its last 32, which hold the place in a block.
    let offset = from & (SLOTS_PER_BLOCK - 1);
    for (;;) {
      const block = this.#block(number);
      if (block === undefined) return undefined;
      const found = takeFrom(block, offset);
      if (found !== undefined) return number * SLOTS_PER_BLOCK + found;
      number += 1;
      offset = 0;
    }
  }

  /** The block of this number; `undefined` where a later one has taken its place in the ring. */
  #block(number: number): SlotBlock | undefined {
    const place = number & (BLOCK_COUNT - 1);
    const block = this.#ring[place];
    if (block === undefined) {
      const made = { number, firstOpenWord: 0, words: new Int32Array(WORDS_PER_BLOCK) };
      this.#ring[place] = made;
      return made;
    }
    if (block.number > number) return undefined;
    if (block.number < number) {
      block.number = number;
      block.firstOpenWord = 0;
      block.words.fill(0);
    }
    return block;
  }

  #claimOutside(wanted: number): number {
    const wantedIndex = Math.floor(wanted / RESERVED_EVERY);
    return this.#outside.claim(wantedIndex) * RESERVED_EVERY + RESERVED_EVERY - 1;
  }
}

/** Takes the first free slot at or after an offset in a block; `undefined` where there is none. */
function takeFrom(block: SlotBlock, offset: number): number | undefined {
  const { words } = block;
  const firstWord = offset >>> 5;
  let word = firstWord;
  let mask = ALL_USED << (offset & (WORD_BITS - 1));
  if (firstWord < block.firstOpenWord) {
    word = block.firstOpenWord;
    mask = ALL_USED;
  }
  for (; word < WORDS_PER_BLOCK; word += 1) {
    const used = words[word] as number; // word is below the length
    const reserved = word % WORDS_PER_RESERVED === LAST_WORD_BEFORE_RESERVED ? RESERVED_BIT : 0;
    const free = ~(used | reserved) & mask;
    if (free !== 0) {
      const bit = free & -free;
      words[word] = used | bit;
      return word * WORD_BITS + WORD_BITS - 1 - Math.clz32(bit);
    }
    // Full from its first bit on, and so is all before it: no later claim need look here.
    if (mask === ALL_USED && word === block.firstOpenWord) block.firstOpenWord = word + 1;
    mask = ALL_USED;
  }
  return undefined;
}
