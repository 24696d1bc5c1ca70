import { extractLines, halveLines, joinLines, type Lines } from '../batch/lines.ts';
import type { Segment } from './segment/segment.ts';

/** Where in the spool a batch ends. */
export interface SpoolPlace {
  readonly segment: Segment;
  readonly endOffset: number;
  /** Lines that the spool has of it, those included that came to their end since. */
  readonly lineCount: number;
}

/** Lines that travel together: a batch, or, once the database refused some of it, what is left in pieces. */
export class PendingBatch {
  /** When the first of them was recorded, in milliseconds since the epoch. */
  readonly recordedAtMs: number;
  /** True while it waits behind others: the database refuses lines of it, and names none. */
  isSetAside = false;
  #place: SpoolPlace | undefined;
  #pieces: Lines[];
  #lineCount: number;
  #version = 0;

  constructor(lines: Lines, recordedAtMs: number, place?: SpoolPlace) {
    this.#pieces = [lines];
    this.#lineCount = lines.lineCount;
    this.recordedAtMs = recordedAtMs;
    this.#place = place;
  }

  /** Where they are in the spool, if they are: a segment may go before what was read of it is delivered. */
  get place(): SpoolPlace | undefined {
    return this.#place?.segment.isGone === true ? undefined : this.#place;
  }

  set place(place: SpoolPlace | undefined) {
    this.#place = place;
  }

  /** Lines of which it is open what becomes of them. */
  get lineCount(): number {
    return this.#lineCount;
  }

  /** Changes with what is left. */
  get version(): number {
    return this.#version;
  }

  /** Bytes of memory that it takes. Pieces share the memory of the whole. */
  get memoryBytes(): number {
    const buffers = new Set(this.#pieces.map(({ bytes }) => bytes.buffer));
    return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** What to send next. */
  get piece(): Lines | undefined {
    return this.#pieces[0];
  }

  /** All that is left, in order. */
  contents(): Lines {
    return joinLines(this.#pieces);
  }

  /** The piece came to its end, whichever. */
  settlePiece(): void {
    this.#replacePiece([]);
  }

  /** Halves the piece. @returns false for a single line */
  halvePiece(): boolean {
    const { piece } = this;
    if (piece === undefined || piece.lineCount < 2) return false;
    this.#replacePiece(halveLines(piece));
    return true;
  }

  /**
   * Takes lines out of the piece.
   *
   * @param groups - a group for each index; indexes that are not of the piece are ignored
   * @returns the lines by their groups
   */
  takeLines<Group>(groups: ReadonlyMap<number, Group>): ReadonlyMap<Group, Lines> {
    const { piece } = this;
    if (piece === undefined || groups.size === 0) return new Map();
    const { extracted, rest } = extractLines(piece, groups);
    if (extracted.size > 0) this.#replacePiece(rest === undefined ? [] : [rest]);
    return extracted;
  }

  #replacePiece(pieces: readonly Lines[]): void {
    this.#pieces.splice(0, 1, ...pieces);
    this.#lineCount = this.#pieces.reduce((sum, { lineCount }) => sum + lineCount, 0);
    this.#version += 1;
  }
}
