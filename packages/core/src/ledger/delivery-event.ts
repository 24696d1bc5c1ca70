import type { DropReason } from './drop-reason.ts';

/**
 * What happens to points on their way. Counts are of points.
 *
 * @category Delivery
 */
export type DeliveryEvent =
  /** Points are gone. `series` is empty where it is not known. */
  | { readonly kind: 'drop'; readonly reason: DropReason; readonly series: string; readonly count: number }
  /** The database refused points that no other attempt will change; `isKept` where they are in a file. */
  | { readonly kind: 'deadLetter'; readonly reason: string; readonly count: number; readonly isKept: boolean }
  /** An attempt failed; the next one is in `delayMs`. `needsOperator` where it will go on failing until someone acts. */
  | {
      readonly kind: 'retry';
      readonly reason: string;
      readonly delayMs: number;
      readonly failures: number;
      readonly needsOperator: boolean;
    }
  /** The database takes points again after `failures` attempts. */
  | { readonly kind: 'recovered'; readonly failures: number }
  /** New values of a tag, as `requests.route`, become `other`; told once a tag. */
  | {
      readonly kind: 'overflow';
      readonly tag: string;
      readonly maxTagValues: number;
      /** What the tag met: its distinct values, memory for them, or the tag keys of all series (it is left out then). */
      readonly limit: 'values' | 'memory' | 'keys';
    }
  /** Something happened in the spool: `adopted` and `spilled` are good news. */
  | {
      readonly kind: 'spool';
      readonly change: 'spilled' | 'adopted' | 'unwritable' | 'writable' | 'broken' | 'full';
      readonly count: number;
      readonly reason: string;
    };

/**
 * A kind of event.
 *
 * @category Delivery
 */
export type DeliveryEventKind = DeliveryEvent['kind'];

/** The events of a kind. */
export type EventOf<Kind extends DeliveryEventKind> = Extract<DeliveryEvent, { kind: Kind }>;
