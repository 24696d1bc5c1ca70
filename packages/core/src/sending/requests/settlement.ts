import { MAX_BATCH_LINES } from '../../batch/block.ts';
import { LINE_END, type Lines } from '../../batch/lines.ts';
import type { Outcome, RetryOutcome } from '../../batch/outcome.ts';
import type { DeliveryCounts } from '../../ledger/counts.ts';
import { safeText } from '../../process/outside-text.ts';
import type { PendingBatch } from '../../spool/pending-batch.ts';
import type { DeadLetters } from '../dead-letters.ts';
import type { Pace } from './pace.ts';
import type { SetAside } from './set-aside.ts';

/** What a settlement works with. */
export interface SettlementParts {
  readonly counts: DeliveryCounts;
  readonly deadLetters: DeadLetters;
  readonly pace: Pace;
  readonly setAside: SetAside;
}

/** A longer line is not kept to see whether the database takes it again. */
const MAX_CANARY_BYTES = 2048;

/** Does with lines what the database's answer says of them. */
export class Settlement {
  readonly #parts: SettlementParts;
  #canary: Lines | undefined;
  #lastSuccessAt: number | undefined;

  constructor(parts: SettlementParts) {
    this.#parts = parts;
  }

  /** The last line that the database took; `undefined` where that one is long. */
  get canary(): Lines | undefined {
    return this.#canary;
  }

  /** When lines were last delivered, in seconds since the epoch. */
  get lastSuccessAt(): number | undefined {
    return this.#lastSuccessAt;
  }

  /** There is another database, which shall not get the earlier one's line. */
  forgetCanary(): void {
    this.#canary = undefined;
  }

  /** @param piece - the batch's, as it was sent */
  settle(batch: PendingBatch, piece: Lines, outcome: Exclude<Outcome, RetryOutcome>): void {
    switch (outcome.kind) {
      case 'delivered':
        this.#deliver(batch, piece);
        this.#parts.setAside.noteAnswer(batch);
        return;
      case 'split':
        this.#parts.pace.noteTooLarge();
        this.narrowDown(batch, outcome.reason);
        return;
      case 'refused': {
        const reasons = (outcome.refusedLines ?? []).map(({ index, reason }) => [index, safeText(reason)] as const);
        const refused = batch.takeLines(new Map(reasons));
        if (refused.size === 0) this.narrowDown(batch, outcome.reason);
        else this.#parts.deadLetters.keep(refused);
        this.#parts.setAside.noteAnswer(batch, refused.size === 0 ? outcome.reason : undefined);
      }
    }
  }

  /** No answer to the piece came in time: what is more than a block is sent in halves. */
  shorten(batch: PendingBatch): void {
    if (batch.piece === undefined || batch.piece.lineCount <= MAX_BATCH_LINES) return;
    this.#parts.pace.noteOverdue();
    batch.halvePiece();
  }

  /** The cause is in the piece: it is tried in halves, and a single line goes to the dead letters. */
  narrowDown(batch: PendingBatch, reason: string): void {
    const { piece } = batch;
    if (piece === undefined || batch.halvePiece()) return;
    batch.settlePiece();
    this.#parts.deadLetters.keep(new Map([[safeText(reason), piece]]));
  }

  #deliver(batch: PendingBatch, piece: Lines): void {
    batch.settlePiece();
    this.#parts.counts.delivered += piece.lineCount;
    this.#lastSuccessAt = Date.now() / 1000;
    const lastLine = piece.bytes.subarray(piece.bytes.lastIndexOf(LINE_END) + 1);
    if (lastLine.length <= MAX_CANARY_BYTES) this.#canary = { bytes: Buffer.from(lastLine), lineCount: 1 };
  }
}
