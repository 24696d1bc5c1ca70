import type { DeliveryOptions } from '../sending/delivery-options.ts';
import { MonitoringError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { checkOptions, describeValue, rules, type OptionRules } from '../option-rules.ts';
import { addSetting, type Layer, type Setting } from './layer.ts';
import { SETTING_NAMES, SETTINGS, type SettingName } from './settings-table.ts';

/** Credentials of InfluxDB 1.x. */
export interface Influx1Credentials {
  readonly dbName: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** Credentials of InfluxDB 2.x and 3; version 3 knows no organizations. */
export interface Influx2Credentials {
  readonly organization?: string | undefined;
  readonly bucket: string;
  readonly token: string;
}

/** Where the points go, in the words of the source. */
export interface InfluxOptions {
  /** Without any, points stay in this process's memory. */
  readonly credentials?: Influx1Credentials | Influx2Credentials | undefined;
  /** @defaultValue `localhost` */
  readonly host?: string | undefined;
  /** @defaultValue 8086 */
  readonly port?: number | undefined;
  /** True for https. @defaultValue false */
  readonly ssl?: boolean | undefined;
  /** Instead of host, port and ssl, as in `https://influx.example:8086`. */
  readonly url?: string | undefined;
  /** Version 3 is reached through the endpoint of version 2. @defaultValue 2, or 1 where the credentials are of 1.x */
  readonly version?: 1 | 2 | 3 | undefined;
}

/** Options of a monitoring. */
export interface MonitoringOptions extends InfluxOptions {
  /** How points wait and are kept: bounds, durability, spool. */
  readonly delivery?: DeliveryOptions | undefined;
  /** False switches everything off. @defaultValue true */
  readonly enabled?: boolean | undefined;
  /** How often points are sent, in seconds from 0.01 to 3600. @defaultValue 1 */
  readonly flushingPeriod?: number | undefined;
  /** Lane of the time stamps, 0 to 999: give each process that writes the same series one of its own. @defaultValue leased on the host */
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
  /** Value of the tag `service`. @defaultValue `luna-sender` */
  readonly service?: string | undefined;
}

/** What `reInitializeMonitoring` takes. */
export interface ReInitializeOptions extends InfluxOptions {
  /** How often points are sent, in seconds from 0.01 to 3600. @defaultValue 1 */
  readonly flushingPeriod?: number | undefined;
  /** True to make a new connection even where nothing changed. @defaultValue false */
  readonly force?: boolean | undefined;
}

/** What each option of `prepareSettings` must be. */
export const INFLUX_OPTION_RULES: OptionRules<InfluxOptions> = {
  credentials: { ...rules.object, isSecret: true },
  host: SETTINGS.host.rule,
  port: SETTINGS.port.rule,
  ssl: SETTINGS.ssl.rule,
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
};

const CREDENTIAL_NAMES: readonly SettingName[] = ['bucket', 'dbName', 'organization', 'password', 'token', 'username'];

/**
 * Reads the options in code as a layer of configuration.
 *
 * @param owner - whose options they are, for messages
 * @param optionRules - those that the owner takes
 * @throws MonitoringError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`
 */
export function readOptions<Options extends InfluxOptions>(
  owner: string,
  options: Options,
  optionRules: OptionRules<Options>,
): Layer {
  const checked = new Map<string, unknown>(Object.entries(checkOptions(owner, options, optionRules)));
  const layer = new Map<SettingName, Setting>();
  for (const name of SETTING_NAMES) {
    const value = checked.get(name);
    if (value !== undefined) addSetting(layer, name, value, `${owner}: option "${name}"`);
  }
  addCredentials(layer, owner, options.credentials);
  return layer;
}

function addCredentials(
  layer: Map<SettingName, Setting>,
  owner: string,
  credentials: MonitoringOptions['credentials'],
): void {
  for (const [key, value] of Object.entries(credentials ?? {}) as [string, unknown][]) {
    const name = CREDENTIAL_NAMES.find((known) => known === key);
    if (name === undefined) {
      throw new MonitoringError(
        'ERR_OPTION_UNKNOWN',
        `${owner}: unknown credential ${describeValue(key)}; expected one of ${CREDENTIAL_NAMES.join(', ')}`,
      );
    }
    if (value !== undefined) addSetting(layer, name, value, `${owner}: option "credentials.${name}"`);
  }
}
