import { rules, type OptionRule } from '../option-rules.ts';

/** Everything that can be configured outside code. Sources spell it in their own way: see `SETTINGS`. */
export interface ConfigurationValues {
  readonly bucket?: string | undefined;
  readonly dbName?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly flushingPeriod?: number | undefined;
  readonly host?: string | undefined;
  readonly lane?: number | undefined;
  readonly maxMessageAgeSeconds?: number | undefined;
  readonly maxTagValues?: number | undefined;
  readonly organization?: string | undefined;
  readonly password?: string | undefined;
  readonly port?: number | undefined;
  readonly processPeriodSeconds?: number | undefined;
  readonly selfPeriodSeconds?: number | undefined;
  readonly service?: string | undefined;
  readonly ssl?: boolean | undefined;
  readonly token?: string | undefined;
  readonly url?: string | undefined;
  readonly username?: string | undefined;
  readonly version?: 1 | 2 | 3 | undefined;
}

export type SettingName = keyof ConfigurationValues;

/** How a setting is spelled and what it must be. */
export interface SettingDefinition {
  readonly rule: OptionRule;
  readonly type: 'text' | 'number' | 'boolean';
  /** The variable of the environment. */
  readonly variable: string;
  /** Spellings in a configuration file beside the setting's own name. */
  readonly fileKeys: readonly string[];
}

const MAX_LANE = 999;
const MAX_PORT = 65_535;
const MAX_PERIOD_SECONDS = 3600;
const MIN_PERIOD_SECONDS = 0.01;
const MIN_POINT_PERIOD_SECONDS = 0.1;
const MAX_MESSAGE_AGE_SECONDS = 86_400;
const MAX_TAG_VALUES = 1_000_000;

const secretText: OptionRule = { ...rules.text, isSecret: true };

const hostRule: OptionRule = {
  expected: 'a host name or address without scheme, port or path',
  isValid: (value) => typeof value === 'string' && /^(?:[^\s/@:?#]+|[0-9a-f:.]+)$/i.test(value),
};

/** All settings, with LUNA's spellings and ours. */
export const SETTINGS: Readonly<Record<SettingName, SettingDefinition>> = {
  bucket: { rule: rules.text, type: 'text', variable: 'INFLUX_BUCKET', fileKeys: [] },
  dbName: { rule: rules.text, type: 'text', variable: 'INFLUX_DATABASE', fileKeys: ['db_name', 'database'] },
  enabled: {
    rule: rules.boolean,
    type: 'boolean',
    variable: 'MONITORING_ENABLED',
    fileKeys: ['send_data_for_monitoring', 'sendDataForMonitoring'],
  },
  flushingPeriod: {
    rule: rules.number('seconds', MIN_PERIOD_SECONDS, MAX_PERIOD_SECONDS),
    type: 'number',
    variable: 'MONITORING_FLUSHING_PERIOD',
    fileKeys: ['flushing_period'],
  },
  host: { rule: hostRule, type: 'text', variable: 'INFLUX_HOST', fileKeys: [] },
  lane: { rule: rules.integer('', 0, MAX_LANE), type: 'number', variable: 'MONITORING_LANE', fileKeys: [] },
  maxMessageAgeSeconds: {
    rule: rules.number('seconds', MIN_PERIOD_SECONDS, MAX_MESSAGE_AGE_SECONDS),
    type: 'number',
    variable: 'MONITORING_MAX_MESSAGE_AGE_SECONDS',
    fileKeys: ['max_message_age_seconds'],
  },
  maxTagValues: {
    rule: rules.integer('distinct values', 1, MAX_TAG_VALUES),
    type: 'number',
    variable: 'MONITORING_MAX_TAG_VALUES',
    fileKeys: ['max_tag_values'],
  },
  organization: { rule: rules.text, type: 'text', variable: 'INFLUX_ORG', fileKeys: ['org'] },
  password: { rule: secretText, type: 'text', variable: 'INFLUX_PASSWORD', fileKeys: [] },
  port: { rule: rules.integer('', 1, MAX_PORT), type: 'number', variable: 'INFLUX_PORT', fileKeys: [] },
  processPeriodSeconds: {
    rule: rules.number('seconds', MIN_POINT_PERIOD_SECONDS, MAX_PERIOD_SECONDS),
    type: 'number',
    variable: 'MONITORING_PROCESS_PERIOD_SECONDS',
    fileKeys: ['process_period_seconds'],
  },
  selfPeriodSeconds: {
    rule: rules.number('seconds', MIN_POINT_PERIOD_SECONDS, MAX_PERIOD_SECONDS),
    type: 'number',
    variable: 'MONITORING_SELF_PERIOD_SECONDS',
    fileKeys: ['self_period_seconds'],
  },
  service: {
    rule: rules.text,
    type: 'text',
    variable: 'MONITORING_SERVICE',
    fileKeys: ['service_name', 'serviceName'],
  },
  ssl: { rule: rules.boolean, type: 'boolean', variable: 'INFLUX_SSL', fileKeys: ['use_ssl', 'useSsl'] },
  token: { rule: secretText, type: 'text', variable: 'INFLUX_TOKEN', fileKeys: [] },
  // The value may hold a password: a wrong one is told by name only.
  url: { rule: secretText, type: 'text', variable: 'INFLUX_URL', fileKeys: [] },
  username: { rule: rules.text, type: 'text', variable: 'INFLUX_USERNAME', fileKeys: ['user_name', 'userName'] },
  version: { rule: rules.oneOf(1, 2, 3), type: 'number', variable: 'INFLUX_VERSION', fileKeys: [] },
};

/** The names of all settings. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[]; // Its keys are these, by its type.
