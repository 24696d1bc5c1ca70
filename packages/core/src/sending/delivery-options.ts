import { join } from 'node:path';
import { MonitoringError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { checkOptions, rules, type OptionRules } from '../option-rules.ts';
import type { DeliveryEvent } from '../ledger/delivery-event.ts';

/**
 * Where points wait, and so what they survive.
 *
 * | level | points are in the spool | lost by `kill -9` |
 * | --- | --- | --- |
 * | `memory` | never | all that is pending |
 * | `overflow` | when the database is away or slow, when memory is half full, and at exit | about one flushing period |
 * | `wal` | within 250 ms of being recorded, and before they are sent | at most 250 ms |
 * | `wal+fsync` | as `wal`, and on the platter | as `wal`, and as much by a power failure |
 *
 * @category Delivery
 */
export type Durability = 'memory' | 'overflow' | 'wal' | 'wal+fsync';

/**
 * Whether SIGTERM and SIGINT are handled: `alone` where nobody else listens for them, `always`, or `never`. What is
 * handled is raised again once the points are safe.
 *
 * @category Delivery
 */
export type SignalHandling = 'alone' | 'always' | 'never';

/**
 * How points wait, are sent and are kept.
 *
 * @category Delivery
 */
export interface DeliveryOptions {
  /**
   * Folder for lines that the database refuses, as files of line protocol with the reasons as comments.
   *
   * @defaultValue `dead-letters` in the spool folder; without either such lines are counted and gone
   */
  readonly deadLetterFolder?: string | undefined;
  /** What pending points survive. @defaultValue `overflow` where there is a spool folder, else `memory` */
  readonly durability?: Durability | undefined;
  /** How long points are sent when the process ends by itself or by a signal, in milliseconds. @defaultValue 5,000 */
  readonly exitTimeoutMs?: number | undefined;
  /** Takes at most one line in 30 seconds for each kind of trouble. @defaultValue `console` */
  readonly logger?: Logger | undefined;
  /** Bytes that dead letters of this process may take on disk; more are counted only. @defaultValue 64 MiB */
  readonly maxDeadLetterBytes?: number | undefined;
  /** Bytes of memory that pending points may take; then the oldest go to the spool, or are dropped. @defaultValue 32 MiB */
  readonly maxMemoryBytes?: number | undefined;
  /** Longest wait between two attempts, in milliseconds; a Retry-After may ask for more. @defaultValue 60,000 */
  readonly maxRetryDelayMs?: number | undefined;
  /** Bytes of disk that the spool of this process may take; then its oldest segment is dropped. @defaultValue 1 GiB */
  readonly maxSpoolBytes?: number | undefined;
  /** Shortest wait between two attempts, in milliseconds. @defaultValue 500 */
  readonly minRetryDelayMs?: number | undefined;
  /** Called with everything that happens to points; what it throws is ignored. */
  readonly onEvent?: ((event: DeliveryEvent) => void) | undefined;
  /** Wait between attempts while a token is wrong or a database is missing, in milliseconds. @defaultValue 60,000 */
  readonly operatorRetryDelayMs?: number | undefined;
  /**
   * How long a batch must fail, in milliseconds and at least five times, before it is held to be the cause: it is, if
   * the database then takes another line. @defaultValue 120,000
   */
  readonly poisonAfterMs?: number | undefined;
  /** How long a request may take in all, in milliseconds. @defaultValue 10,000 */
  readonly requestTimeoutMs?: number | undefined;
  /** Whether SIGTERM and SIGINT are handled. @defaultValue `alone` */
  readonly signals?: SignalHandling | undefined;
  /** Folder of the spool, which several processes may share. @defaultValue none: points wait in memory alone */
  readonly spoolFolder?: string | undefined;
}

/** Delivery options of which all that have a default are set. */
export type ResolvedDeliveryOptions = {
  readonly [Key in keyof Omit<DeliveryOptions, 'deadLetterFolder' | 'onEvent' | 'spoolFolder'>]-?: NonNullable<
    DeliveryOptions[Key]
  >;
} & {
  readonly deadLetterFolder: string | undefined;
  readonly onEvent: DeliveryOptions['onEvent'];
  /** `undefined` where the durability is `memory`. */
  readonly spoolFolder: string | undefined;
};

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const MAX_TIMEOUT_MS = 24 * 60 * 60 * 1000;

/** What applies where the user does not say. */
export const DEFAULT_DELIVERY_OPTIONS = Object.freeze({
  exitTimeoutMs: 5000,
  maxDeadLetterBytes: 64 * MIB,
  maxMemoryBytes: 32 * MIB,
  maxRetryDelayMs: 60_000,
  maxSpoolBytes: GIB,
  minRetryDelayMs: 500,
  operatorRetryDelayMs: 60_000,
  poisonAfterMs: 120_000,
  requestTimeoutMs: 10_000,
  signals: 'alone',
} as const satisfies DeliveryOptions);

const milliseconds = rules.number('milliseconds', 1, MAX_TIMEOUT_MS);

/** What each option of `DeliveryOptions` must be. */
export const DELIVERY_OPTION_RULES: OptionRules<DeliveryOptions> = {
  deadLetterFolder: rules.text,
  durability: rules.oneOf('memory', 'overflow', 'wal', 'wal+fsync'),
  exitTimeoutMs: milliseconds,
  logger: rules.logger,
  maxDeadLetterBytes: rules.integer('bytes', 0, 1024 * GIB),
  maxMemoryBytes: rules.integer('bytes', 64 * KIB, 64 * GIB),
  maxRetryDelayMs: milliseconds,
  maxSpoolBytes: rules.integer('bytes', 64 * KIB, 1024 * GIB),
  minRetryDelayMs: milliseconds,
  onEvent: rules.function,
  operatorRetryDelayMs: milliseconds,
  poisonAfterMs: milliseconds,
  requestTimeoutMs: milliseconds,
  signals: rules.oneOf('alone', 'always', 'never'),
  spoolFolder: rules.text,
};

/**
 * Checks delivery options and fills in the defaults.
 *
 * @throws MonitoringError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`; `ERR_OPTION_MISSING` for a durability that needs a
 * spool folder and has none; `ERR_OPTION_CONFLICT` for a shortest wait that is longer than the longest
 */
export function resolveDeliveryOptions(options: DeliveryOptions = {}): ResolvedDeliveryOptions {
  const given = Object.entries(checkOptions('delivery', options, DELIVERY_OPTION_RULES));
  // What was checked above, without the keys that are not given, so that they do not hide the defaults.
  const set = Object.fromEntries(given.filter(([, value]) => value !== undefined)) as DeliveryOptions;
  const durability = set.durability ?? (set.spoolFolder === undefined ? 'memory' : 'overflow');
  if (durability !== 'memory' && set.spoolFolder === undefined) {
    throw new MonitoringError(
      'ERR_OPTION_MISSING',
      `delivery: expected "spoolFolder" to be a folder, since "durability" is "${durability}", got nothing`,
    );
  }
  const deadLetterFolder = set.spoolFolder === undefined ? undefined : join(set.spoolFolder, 'dead-letters');
  // What was checked above, and every key that has no default by its type.
  const resolved = {
    logger: console,
    onEvent: undefined,
    deadLetterFolder,
    ...DEFAULT_DELIVERY_OPTIONS,
    ...set,
    durability,
    spoolFolder: durability === 'memory' ? undefined : set.spoolFolder,
  } as ResolvedDeliveryOptions;
  if (resolved.minRetryDelayMs > resolved.maxRetryDelayMs) {
    throw new MonitoringError(
      'ERR_OPTION_CONFLICT',
      `delivery: expected "minRetryDelayMs" to be at most "maxRetryDelayMs", got ` +
        `${String(resolved.minRetryDelayMs)} and ${String(resolved.maxRetryDelayMs)}`,
    );
  }
  return resolved;
}
