import { statSync } from 'node:fs';
import { AGGREGATE_OPTION_RULES, type AggregateOptions } from '../folding/folding-options.ts';
import { isIPv6 } from 'node:net';
import { rules, type OptionRule } from '../option-rules.ts';
import { DELIVERY_OPTION_RULES, type DeliveryOptions } from '../sending/delivery-options.ts';

/** The delivery options that can be set outside code. */
export type ConfiguredDelivery = Omit<DeliveryOptions, 'logger' | 'onEvent'>;

type NestedValues<Group extends string, Values> = {
  readonly [Key in keyof Values & string as `${Group}.${Key}`]?: Values[Key];
};

/** Paths of files in PEM, of the section `tls`. */
interface TlsValues {
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** Everything that can be configured outside code. Sources spell it in their own way: see `SETTINGS`. */
export interface ConfigurationValues
  extends
    NestedValues<'aggregate', AggregateOptions>,
    NestedValues<'delivery', ConfiguredDelivery>,
    NestedValues<'tls', TlsValues> {
  readonly bucket?: string | undefined;
  readonly dbName?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly flushingPeriod?: number | undefined;
  readonly host?: string | undefined;
  readonly lane?: number | undefined;
  readonly maxMessageAgeSeconds?: number | undefined;
  readonly maxTagValues?: number | undefined;
  readonly noSync?: boolean | undefined;
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

/** The name of a setting: as in code, with its group where it is in one, as in `delivery.spoolFolder`. */
export type SettingName = keyof ConfigurationValues;

/** How a setting is spelled and what it must be. */
export interface SettingDefinition {
  readonly rule: OptionRule;
  readonly type: 'text' | 'number' | 'boolean' | 'list';
  /** The variable of the environment, where there is one. */
  readonly variable?: string | undefined;
  /** What a number in the variable is multiplied by, where it counts in larger units than the setting. */
  readonly variableUnit?: number | undefined;
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
const MIB = 1024 * 1024;

const secretText: OptionRule = { ...rules.text, isSecret: true };

/** A token travels in a header, which no control character may. */
const tokenRule: OptionRule = {
  expected: 'a string that is not empty',
  // eslint-disable-next-line no-control-regex -- these are what it looks for
  isValid: (value) => typeof value === 'string' && value !== '' && !/[\0-\x1f\x7f]/.test(value),
  isSecret: true,
  advice: (value) => (typeof value === 'string' && value !== '' ? ', without control characters' : ''),
};

/** Names of the DNS and of Docker, in any script, and addresses. */
const hostRule: OptionRule = {
  expected: 'a host name or address without scheme, port or path',
  isValid: (value) => typeof value === 'string' && (/^[\p{L}\p{M}\p{N}_.-]+$/u.test(value) || isIPv6(value)),
  // It may hold a password, as a URL may.
  isSecret: (value) => String(value).includes('@'),
  advice: (value) => (typeof value === 'string' && !/[@]|:\/\//.test(value) ? urlAdvice(value) : ''),
};

const fileRule: OptionRule = {
  expected: 'the path of a file that is there',
  isValid: (value) => typeof value === 'string' && (statSync(value, { throwIfNoEntry: false })?.isFile() ?? false),
};

const pointPeriodRule = rules.number('seconds', MIN_POINT_PERIOD_SECONDS, MAX_PERIOD_SECONDS);

const DELIVERY_VARIABLES: Partial<Record<keyof ConfiguredDelivery, Partial<SettingDefinition>>> = {
  durability: { variable: 'MONITORING_DURABILITY' },
  maxMemoryBytes: { type: 'number', variable: 'MONITORING_MAX_MEMORY_MIB', variableUnit: MIB },
  spoolFolder: { variable: 'MONITORING_SPOOL_FOLDER' },
};

/** All settings, with LUNA's spellings and ours. */
export const SETTINGS: Readonly<Record<SettingName, SettingDefinition>> = {
  'aggregate.buckets': { rule: AGGREGATE_OPTION_RULES.buckets, type: 'list', fileKeys: [] },
  'aggregate.periodSeconds': {
    rule: AGGREGATE_OPTION_RULES.periodSeconds,
    type: 'number',
    fileKeys: ['period_seconds'],
  },
  'aggregate.series': {
    rule: AGGREGATE_OPTION_RULES.series,
    type: 'list',
    variable: 'MONITORING_AGGREGATE',
    fileKeys: [],
  },
  'aggregate.slowSeconds': { rule: AGGREGATE_OPTION_RULES.slowSeconds, type: 'number', fileKeys: ['slow_seconds'] },
  bucket: text('INFLUX_BUCKET'),
  dbName: text('INFLUX_DATABASE', 'db_name', 'database'),
  enabled: flag('MONITORING_ENABLED', 'send_data_for_monitoring', 'sendDataForMonitoring'),
  flushingPeriod: number(
    rules.number('seconds', MIN_PERIOD_SECONDS, MAX_PERIOD_SECONDS),
    'MONITORING_FLUSHING_PERIOD',
    'flushing_period',
  ),
  host: { ...text('INFLUX_HOST'), rule: hostRule },
  lane: number(rules.integer('', 0, MAX_LANE), 'MONITORING_LANE'),
  maxMessageAgeSeconds: number(
    rules.number('seconds', MIN_PERIOD_SECONDS, MAX_MESSAGE_AGE_SECONDS),
    'MONITORING_MAX_MESSAGE_AGE_SECONDS',
    'max_message_age_seconds',
  ),
  maxTagValues: number(
    rules.integer('distinct values', 1, MAX_TAG_VALUES),
    'MONITORING_MAX_TAG_VALUES',
    'max_tag_values',
  ),
  noSync: { rule: rules.boolean, type: 'boolean', fileKeys: ['no_sync'] },
  organization: text('INFLUX_ORG', 'org'),
  password: { ...text('INFLUX_PASSWORD'), rule: secretText },
  port: number(rules.integer('', 1, MAX_PORT), 'INFLUX_PORT'),
  processPeriodSeconds: number(pointPeriodRule, 'MONITORING_PROCESS_PERIOD_SECONDS', 'process_period_seconds'),
  selfPeriodSeconds: number(pointPeriodRule, 'MONITORING_SELF_PERIOD_SECONDS', 'self_period_seconds'),
  service: text('MONITORING_SERVICE', 'service_name', 'serviceName'),
  ssl: flag('INFLUX_SSL', 'use_ssl', 'useSsl'),
  'tls.caFile': { ...text('INFLUX_TLS_CA', 'ca_file'), rule: fileRule },
  'tls.certFile': { ...text('INFLUX_TLS_CERT', 'cert_file'), rule: fileRule },
  'tls.keyFile': { ...text('INFLUX_TLS_KEY', 'key_file'), rule: fileRule },
  token: { ...text('INFLUX_TOKEN'), rule: tokenRule },
  // The value may hold a password: a wrong one is told by name only.
  url: { ...text('INFLUX_URL'), rule: secretText },
  username: text('INFLUX_USERNAME', 'user_name', 'userName'),
  version: number(rules.oneOf(1, 2, 3), 'INFLUX_VERSION'),
  ...deliverySettings(),
};

/** The names of all settings. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[]; // Its keys are these, by its type.

/** The settings that stand in a section of their own, in code and in a file. */
export const SETTING_GROUPS = ['aggregate', 'delivery', 'tls'] as const;

/** A group of settings. */
export type SettingGroup = (typeof SETTING_GROUPS)[number];

/** The settings of a group, by their names within it. */
export function settingsOfGroup(group: SettingGroup): ReadonlyMap<string, SettingName> {
  const prefix = `${group}.`;
  return new Map(
    SETTING_NAMES.filter((name) => name.startsWith(prefix)).map((name) => [name.slice(prefix.length), name]),
  );
}

/** The names of all settings in no group. */
export const PLAIN_SETTING_NAMES = SETTING_NAMES.filter((name) => !name.includes('.'));

function text(variable: string, ...fileKeys: string[]): SettingDefinition {
  return { rule: rules.text, type: 'text', variable, fileKeys };
}

function flag(variable: string, ...fileKeys: string[]): SettingDefinition {
  return { rule: rules.boolean, type: 'boolean', variable, fileKeys };
}

function number(rule: OptionRule, variable: string, ...fileKeys: string[]): SettingDefinition {
  return { rule, type: 'number', variable, fileKeys };
}

function deliverySettings(): Readonly<Record<`delivery.${keyof ConfiguredDelivery}`, SettingDefinition>> {
  // The keys are those of the rules, but for these two.
  const entries = Object.entries(DELIVERY_OPTION_RULES) as [
    keyof ConfiguredDelivery | 'logger' | 'onEvent',
    OptionRule,
  ][];
  const configured = entries.flatMap(([name, rule]) =>
    name === 'logger' || name === 'onEvent' ? [] : [[name, rule] as const],
  );
  const settings = configured.map(([name, rule]) => [
    `delivery.${name}`,
    {
      rule,
      type: 'text',
      fileKeys: [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)],
      ...DELIVERY_VARIABLES[name],
    },
  ]);
  // The names are made from those keys.
  return Object.fromEntries(settings) as ReturnType<typeof deliverySettings>;
}

/** The URL that says what somebody meant by a host with a port, a path, quotes or a backslash. */
function urlAdvice(value: string): string {
  const [, name = '', path = ''] = /^([^/?#]*)(.*)$/.exec(value.replace(/["'`\\\s]/g, '')) ?? [];
  const address = urlOf(name);
  if (address === undefined) return ', or a URL as in http://localhost:8086';
  return `; write the URL ${address}${/^(?:\/[\w.-]+)+$/.test(path) ? path : ''}`;
}

function urlOf(name: string): string | undefined {
  try {
    const { host, hostname, port } = new URL(`http://${name}`);
    return `http://${port === '' ? `${hostname}:8086` : host}`;
  } catch {
    return undefined;
  }
}
