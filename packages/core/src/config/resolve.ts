import { Influx1Settings, Influx2Settings } from '../wires/settings.ts';
import { MonitoringError } from '../errors.ts';
import { DEFAULT_MAX_MESSAGE_AGE_SECONDS } from '../messages/message-age.ts';
import { expandUrl, type Layer, type Setting } from './layer.ts';
import { SETTINGS, type ConfigurationValues, type SettingName } from './settings-table.ts';

/** The settings of the source, for what nobody configured. */
export const DEFAULT_CONFIGURATION = Object.freeze({
  enabled: true,
  flushingPeriod: 1,
  host: 'localhost',
  maxMessageAgeSeconds: DEFAULT_MAX_MESSAGE_AGE_SECONDS,
  port: 8086,
  service: 'luna-sender',
  ssl: false,
  version: 2,
} as const);

/** What all sources together come to. */
export interface ResolvedConfiguration {
  readonly enabled: boolean;
  readonly flushingPeriod: number;
  readonly service: string;
  readonly lane: number | undefined;
  /** How old a message may be and still be the cause of a send, in seconds. */
  readonly maxMessageAgeSeconds: number;
  readonly maxTagValues: number | undefined;
  /** Seconds from one point of the series `process` to the next; `undefined` where none is recorded. */
  readonly processPeriodSeconds: number | undefined;
  /** The same of the series `monitoring`. */
  readonly selfPeriodSeconds: number | undefined;
  /** Where the points go; `undefined` for the embedded store. */
  readonly settings: Influx1Settings | Influx2Settings | undefined;
  /** Version of that InfluxDB; `undefined` for the embedded store. */
  readonly version: 1 | 2 | 3 | undefined;
  /** Where each value came from, by setting; what is missing here is a default. */
  readonly sources: ReadonlyMap<SettingName, string>;
}

const VERSION_1_NAMES = ['dbName', 'username', 'password'] as const;
const VERSION_2_NAMES = ['token', 'organization', 'bucket'] as const;
const ADDRESS_NAMES = ['host', 'port', 'ssl', 'version'] as const;

interface RankedSetting extends Setting {
  /** 0 for the strongest layer. */
  readonly rank: number;
}

/**
 * Joins the layers, strongest first.
 *
 * @throws MonitoringError `ERR_OPTION_MISSING`, `ERR_OPTION_CONFLICT`
 */
export function resolveConfiguration(layers: readonly Layer[]): ResolvedConfiguration {
  const settings = new Map<SettingName, RankedSetting>();
  for (const [rank, layer] of layers.entries()) {
    for (const [name, setting] of expandUrl(layer)) {
      if (!settings.has(name)) settings.set(name, { ...setting, rank });
    }
  }
  const read = reader(settings);
  const database = databaseSettings(settings);
  return {
    enabled: read('enabled') ?? DEFAULT_CONFIGURATION.enabled,
    flushingPeriod: read('flushingPeriod') ?? DEFAULT_CONFIGURATION.flushingPeriod,
    service: read('service') ?? DEFAULT_CONFIGURATION.service,
    lane: read('lane'),
    maxMessageAgeSeconds: read('maxMessageAgeSeconds') ?? DEFAULT_CONFIGURATION.maxMessageAgeSeconds,
    maxTagValues: read('maxTagValues'),
    processPeriodSeconds: read('processPeriodSeconds'),
    selfPeriodSeconds: read('selfPeriodSeconds'),
    settings: database,
    version: database === undefined ? undefined : versionOf(settings).version,
    sources: new Map([...settings].map(([name, { source }]) => [name, source])),
  };
}

function databaseSettings(settings: Map<SettingName, RankedSetting>): Influx1Settings | Influx2Settings | undefined {
  const firstCredential = firstOf(settings, [...VERSION_2_NAMES, ...VERSION_1_NAMES]);
  if (firstCredential === undefined) {
    const address = firstOf(settings, ADDRESS_NAMES);
    if (address !== undefined) throw missing(address, 'credentials', nameOf('token'));
    return undefined;
  }
  const { version, because } = versionOf(settings);
  refuseOthers(settings, version, because);
  const read = reader(settings);
  const address = {
    host: read('host') ?? DEFAULT_CONFIGURATION.host,
    port: read('port') ?? DEFAULT_CONFIGURATION.port,
    ssl: read('ssl') ?? DEFAULT_CONFIGURATION.ssl,
  };
  if (version === 1) {
    const dbName = demand(read('dbName'), 'dbName', because);
    const password = read('password');
    const username = password === undefined ? read('username') : demand(read('username'), 'username', because);
    return new Influx1Settings({ ...address, dbName, username, password });
  }
  return new Influx2Settings({
    ...address,
    token: demand(read('token'), 'token', because),
    bucket: demand(read('bucket'), 'bucket', because),
    // Version 3 knows no organizations.
    organization: read('organization') ?? (version === 3 ? '' : demand<string>(undefined, 'organization', because)),
  });
}

/** The version that is configured, else that of the strongest credentials, else the source's. */
function versionOf(settings: ReadonlyMap<SettingName, RankedSetting>): { version: 1 | 2 | 3; because: RankedSetting } {
  const chosen = settings.get('version');
  const version = reader(settings)('version');
  if (chosen !== undefined && version !== undefined) return { version, because: chosen };
  const first = strongestOf(settings, VERSION_1_NAMES);
  const second = strongestOf(settings, VERSION_2_NAMES);
  if (first !== undefined && (second === undefined || first.rank < second.rank)) return { version: 1, because: first };
  // One of the two is there, or there would be no database.
  if (second !== undefined && (first === undefined || second.rank < first.rank)) {
    return { version: DEFAULT_CONFIGURATION.version, because: second };
  }
  throw new MonitoringError(
    'ERR_OPTION_CONFLICT',
    `${first?.source ?? ''} is for InfluxDB 1.x and ${second?.source ?? ''} for 2.x: expected credentials of one ` +
      `version, or ${nameOf('version')} to choose, got both`,
  );
}

/** Credentials of another version are refused, but for those of a weaker source than what chose the version. */
function refuseOthers(
  settings: ReadonlyMap<SettingName, RankedSetting>,
  version: 1 | 2 | 3,
  because: RankedSetting,
): void {
  for (const name of version === 1 ? VERSION_2_NAMES : VERSION_1_NAMES) {
    const other = settings.get(name);
    if (other === undefined || other.rank > because.rank) continue;
    throw new MonitoringError(
      'ERR_OPTION_CONFLICT',
      `${other.source}: expected none with version ${String(version)} of InfluxDB (${because.source}), got a value`,
    );
  }
}

function strongestOf(
  settings: ReadonlyMap<SettingName, RankedSetting>,
  names: readonly SettingName[],
): RankedSetting | undefined {
  const given = names.flatMap((name) => settings.get(name) ?? []);
  return given.reduce<RankedSetting | undefined>(
    (strongest, setting) => (strongest === undefined || setting.rank < strongest.rank ? setting : strongest),
    undefined,
  );
}

function demand<Value>(value: Value | undefined, name: SettingName, because: Setting): Value {
  if (value !== undefined) return value;
  throw missing(because, SETTINGS[name].rule.expected, nameOf(name));
}

function missing(because: Setting, expected: string, name: string): MonitoringError {
  return new MonitoringError(
    'ERR_OPTION_MISSING',
    `${name}: expected ${expected}, since ${because.source} is set, got nothing; ` +
      'without any address and credentials the points would stay in memory',
  );
}

function nameOf(name: SettingName): string {
  return `${SETTINGS[name].variable} (or "${name}" in code or in the file)`;
}

function firstOf(settings: ReadonlyMap<SettingName, Setting>, names: readonly SettingName[]): Setting | undefined {
  const name = names.find((candidate) => settings.has(candidate));
  return name === undefined ? undefined : settings.get(name);
}

type Reader = <Name extends SettingName>(name: Name) => ConfigurationValues[Name];

function reader(settings: ReadonlyMap<SettingName, Setting>): Reader {
  // A layer holds under a name only what the rule of that name let through.
  return (name) => settings.get(name)?.value as ConfigurationValues[typeof name];
}
