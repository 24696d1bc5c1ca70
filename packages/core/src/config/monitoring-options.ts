import type { AggregateOptions } from '../folding/folding-options.ts';
import type { Logger } from '../logger.ts';
import { rules, type OptionRules } from '../option-rules.ts';
import type { DeliveryOptions } from '../sending/delivery-options.ts';
import type { InfluxOptions } from './influx-options.ts';
import { SETTINGS } from './settings-table.ts';

/**
 * Options of a monitoring beside those of its database.
 *
 * @category Configuration
 */
export interface MonitoringSettings {
  /** Which events are folded at the source, as one point a period and set of tags. @defaultValue none */
  readonly aggregate?: AggregateOptions | undefined;
  /** How points wait and are kept: bounds, durability, spool. */
  readonly delivery?: DeliveryOptions | undefined;
  /** False switches everything off. @defaultValue true */
  readonly enabled?: boolean | undefined;
  /** How often points are sent, in seconds from 0.01 to 3600. @defaultValue 1 */
  readonly flushingPeriod?: number | undefined;
  /**
   * Lane of the time stamps, 0 to 999: give each process that writes the same series one of its own.
   *
   * A restart with the same lane while the clock is set back may overwrite points of the time before: nothing keeps the
   * last stamp of an earlier process. A leased lane is seldom the same.
   *
   * @defaultValue leased on the host
   */
  readonly lane?: number | undefined;
  /** Where lines of log go. @defaultValue `console` */
  readonly logger?: Logger | undefined;
  /**
   * How old a Redis message may be, in seconds from 0.01 to 86,400, for a send to count as an answer to it, and for
   * `currentMessage()` to give it. @defaultValue 60
   */
  readonly maxMessageAgeSeconds?: number | undefined;
  /** Distinct values of a tag key of a series before new ones become `other`. @defaultValue 10,000 */
  readonly maxTagValues?: number | undefined;
  /** Records the series `process` this often, in seconds from 0.1 to 3600, as `monitorProcess` does. @defaultValue never */
  readonly processPeriodSeconds?: number | undefined;
  /**
   * Records the series `monitoring` this often, in seconds from 0.1 to 3600: how delivery itself does. @defaultValue never
   */
  readonly selfPeriodSeconds?: number | undefined;
  /**
   * Tags of which the value is a bucket of a hash, the same in every process, by key, with how many buckets there are (2 to
   * 10,000): `{ account_id: 256 }` makes `b000` to `b255`. What bounds the values in the database, whatever restarts.
   *
   * @defaultValue none
   */
  readonly tagBuckets?: Readonly<Record<string, number>> | undefined;
  /** Value of the tag `service`. @defaultValue `luna-sender` */
  readonly service?: string | undefined;
}

/**
 * Options of a monitoring.
 *
 * @category Configuration
 */
export type MonitoringOptions = InfluxOptions & MonitoringSettings;

/**
 * What `reInitializeMonitoring` takes; what is not given stays as it is.
 *
 * @category Configuration
 */
export type ReInitializeOptions = InfluxOptions & {
  /** How often points are sent, in seconds from 0.01 to 3600. */
  readonly flushingPeriod?: number | undefined;
  /** True to make a new connection even where nothing changed. @defaultValue false */
  readonly force?: boolean | undefined;
};

/** What each option of `prepareSettings` must be. */
export const INFLUX_OPTION_RULES: OptionRules<InfluxOptions> = {
  agent: { expected: 'an agent of node:http or node:https', isValid: isAgent },
  credentials: { ...rules.object, isSecret: true },
  host: SETTINGS.host.rule,
  noSync: SETTINGS.noSync.rule,
  port: SETTINGS.port.rule,
  ssl: SETTINGS.ssl.rule,
  store: rules.oneOf('memory'),
  tls: rules.object,
  url: SETTINGS.url.rule,
  version: SETTINGS.version.rule,
};

/** What each option of `reInitializeMonitoring` must be. */
export const RE_INITIALIZE_OPTION_RULES: OptionRules<ReInitializeOptions> = {
  ...INFLUX_OPTION_RULES,
  flushingPeriod: SETTINGS.flushingPeriod.rule,
  force: rules.boolean,
};

/** What each option of a monitoring must be. */
export const MONITORING_OPTION_RULES: OptionRules<MonitoringOptions> = {
  ...INFLUX_OPTION_RULES,
  aggregate: rules.object,
  delivery: rules.object,
  enabled: SETTINGS.enabled.rule,
  flushingPeriod: SETTINGS.flushingPeriod.rule,
  lane: SETTINGS.lane.rule,
  logger: rules.logger,
  maxMessageAgeSeconds: SETTINGS.maxMessageAgeSeconds.rule,
  maxTagValues: SETTINGS.maxTagValues.rule,
  processPeriodSeconds: SETTINGS.processPeriodSeconds.rule,
  selfPeriodSeconds: SETTINGS.selfPeriodSeconds.rule,
  service: SETTINGS.service.rule,
  tagBuckets: {
    expected: 'an object of tag keys with whole numbers from 2 to 10000',
    isValid: (value) =>
      rules.object.isValid(value) &&
      Object.values(Object(value) as object).every((count) => rules.integer('', 2, 10_000).isValid(count)),
  },
};

/** Agents of other libraries (proxies) derive from Node's, or of another copy of its class. */
function isAgent(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'addRequest' in value && typeof value.addRequest === 'function';
}
