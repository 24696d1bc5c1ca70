import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { MonitoringError } from '../errors.ts';
import {
  Influx1Settings,
  Influx2Settings,
  Influx3Settings,
  type InfluxAddress,
  type InfluxSettings,
  type TlsFiles,
} from '../wires/settings.ts';
import { missing, nameOf, reader, type RankedSetting } from './layer.ts';
import { SETTINGS, type ConfigurationValues, type SettingName } from './settings-table.ts';

/** What of a database can be said in code alone. */
export interface DatabaseOptions {
  readonly agent?: HttpAgent | HttpsAgent | undefined;
  readonly store?: 'memory' | undefined;
}

/** The settings of a database, and its version. */
export interface ResolvedDatabase {
  readonly settings: InfluxSettings;
  readonly version: 1 | 2 | 3;
}

type Settings = ReadonlyMap<SettingName, RankedSetting>;
type Defaults = Pick<InfluxAddress, 'host' | 'port' | 'ssl'> & { readonly version: 2 };

const VERSION_1_NAMES = ['dbName', 'username', 'password'] as const;
const VERSION_2_NAMES = ['token', 'organization', 'bucket'] as const;
const TLS_NAMES = ['tls.caFile', 'tls.certFile', 'tls.keyFile'] as const;
const ADDRESS_NAMES = ['host', 'port', 'ssl', 'version', 'noSync', ...TLS_NAMES] as const;

/** The names that a version does not know. */
const FOREIGN_NAMES: Readonly<Record<1 | 2 | 3, readonly SettingName[]>> = {
  1: [...VERSION_2_NAMES, 'noSync'],
  2: [...VERSION_1_NAMES, 'noSync'],
  3: ['username', 'password'],
};

/**
 * What the settings say of a database.
 *
 * @returns `undefined` where they say nothing
 * @throws MonitoringError `ERR_OPTION_MISSING`, `ERR_OPTION_CONFLICT`
 */
export function resolveDatabase(
  settings: Settings,
  { agent }: DatabaseOptions,
  defaults: Defaults,
): ResolvedDatabase | undefined {
  if (strongestOf(settings, [...VERSION_2_NAMES, ...VERSION_1_NAMES]) === undefined) {
    const address = strongestOf(settings, ADDRESS_NAMES);
    if (address === undefined) return undefined;
    throw needed(address, 'credentials', 'token');
  }
  const { version, because } = versionOf(settings, defaults.version);
  refuseForeign(settings, version, because);
  const address = { ...addressOf(settings, defaults), agent };
  if (version === 1) return { version, settings: influx1Settings(settings, address, because) };
  if (version === 3) return { version, settings: influx3Settings(settings, address, because) };
  return { version, settings: influx2Settings(settings, address, because) };
}

function addressOf(settings: Settings, defaults: Defaults): InfluxAddress {
  const read = reader(settings);
  const ssl = read('ssl') ?? defaults.ssl;
  const tls: TlsFiles = {
    caFile: read('tls.caFile'),
    certFile: read('tls.certFile'),
    keyFile: read('tls.keyFile'),
  };
  const givenTls = strongestOf(settings, TLS_NAMES);
  if (givenTls !== undefined && !ssl) {
    throw new MonitoringError(
      'ERR_OPTION_CONFLICT',
      `${givenTls.source}: expected an address of https beside it (${nameOf('url')}), got one of http`,
    );
  }
  demandPair(settings, 'tls.certFile', 'tls.keyFile');
  demandPair(settings, 'tls.keyFile', 'tls.certFile');
  return {
    host: read('host') ?? defaults.host,
    port: read('port') ?? defaults.port,
    ssl,
    path: settings.get('host')?.path ?? '',
    tls: givenTls === undefined ? undefined : tls,
  };
}

function demandPair(settings: Settings, one: SettingName, other: SettingName): void {
  const setting = settings.get(one);
  if (setting !== undefined && !settings.has(other)) throw missing(setting, 'a file', nameOf(other));
}

function influx1Settings(settings: Settings, address: InfluxAddress, because: RankedSetting): Influx1Settings {
  const read = reader(settings);
  const dbName = demand(read('dbName'), 'dbName', because);
  const password = read('password');
  const username = password === undefined ? read('username') : demand(read('username'), 'username', because);
  return new Influx1Settings({ ...address, dbName, username, password });
}

function influx2Settings(settings: Settings, address: InfluxAddress, because: RankedSetting): Influx2Settings {
  const read = reader(settings);
  return new Influx2Settings({
    ...address,
    token: demand(read('token'), 'token', because),
    bucket: demand(read('bucket'), 'bucket', because),
    organization: demand(read('organization'), 'organization', because),
  });
}

/** Its own credentials, or those of version 2: then the bucket is the database. */
function influx3Settings(settings: Settings, address: InfluxAddress, because: RankedSetting): Influx3Settings {
  const read = reader(settings);
  const database = settings.get('dbName');
  const bucket = settings.get('bucket');
  if (database !== undefined && bucket?.rank === database.rank) {
    throw new MonitoringError('ERR_OPTION_CONFLICT', `${bucket.source}: expected only ${database.source}, got both`);
  }
  const isDatabase = database !== undefined && (bucket === undefined || database.rank < bucket.rank);
  if (!isDatabase && bucket === undefined) throw needed(because, SETTINGS.dbName.rule.expected, 'dbName');
  return new Influx3Settings({
    ...address,
    database: String((isDatabase ? database : bucket)?.value),
    noSync: read('noSync'),
    token: isDatabase ? read('token') : demand(read('token'), 'token', because),
  });
}

/** The version that is configured, else that of the strongest credentials, else the source's. */
function versionOf(settings: Settings, defaultVersion: 2): { version: 1 | 2 | 3; because: RankedSetting } {
  const chosen = settings.get('version');
  const version = reader(settings)('version');
  if (chosen !== undefined && version !== undefined) return { version, because: chosen };
  const third = settings.get('dbName');
  if (third !== undefined && isOfVersion3(third, settings)) return { version: 3, because: third };
  const first = strongestOf(settings, VERSION_1_NAMES);
  const second = strongestOf(settings, VERSION_2_NAMES);
  if (first !== undefined && (second === undefined || first.rank < second.rank)) return { version: 1, because: first };
  // One of the two is there, or there would be no database.
  if (second !== undefined && (first === undefined || second.rank < first.rank)) {
    return { version: defaultVersion, because: second };
  }
  throw new MonitoringError(
    'ERR_OPTION_CONFLICT',
    `${first?.source ?? ''} is for InfluxDB 1.x and ${second?.source ?? ''} for 2.x: expected credentials of one ` +
      `version, or ${nameOf('version')} to choose, got both`,
  );
}

/** A database with a token, and neither organization nor bucket nor user that is as strong. */
function isOfVersion3(database: RankedSetting, settings: Settings): boolean {
  const rankOf = (name: SettingName): number => settings.get(name)?.rank ?? Infinity;
  const others = ['organization', 'bucket', 'username', 'password'] as const;
  if (database.ofVersion === 1 || others.some((name) => rankOf(name) <= database.rank)) return false;
  return database.ofVersion === 3 || rankOf('token') <= database.rank;
}

/** Credentials of another version are refused, but for those of a weaker source than what chose the version. */
function refuseForeign(settings: Settings, version: 1 | 2 | 3, because: RankedSetting): void {
  const databaseOf3 = version === 1 && settings.get('dbName')?.ofVersion === 3 ? (['dbName'] as const) : [];
  for (const name of [...FOREIGN_NAMES[version], ...databaseOf3]) {
    const other = settings.get(name);
    if (other === undefined || other.rank > because.rank) continue;
    throw new MonitoringError(
      'ERR_OPTION_CONFLICT',
      `${other.source}: expected none with version ${String(version)} of InfluxDB (${because.source}), got a value`,
    );
  }
}

function strongestOf(settings: Settings, names: readonly SettingName[]): RankedSetting | undefined {
  const given = names.flatMap((name) => settings.get(name) ?? []);
  return given.reduce<RankedSetting | undefined>(
    (strongest, setting) => (strongest === undefined || setting.rank < strongest.rank ? setting : strongest),
    undefined,
  );
}

function demand<Name extends SettingName>(
  value: ConfigurationValues[Name],
  name: Name,
  because: RankedSetting,
): NonNullable<ConfigurationValues[Name]> {
  if (value !== undefined) return value; // `undefined` is ruled out.
  throw needed(because, SETTINGS[name].rule.expected, name);
}

function needed(because: RankedSetting, expected: string, name: SettingName): MonitoringError {
  const { message } = missing(because, expected, nameOf(name));
  return new MonitoringError(
    'ERR_OPTION_MISSING',
    `${message}; without any address and credentials the points would stay in memory`,
  );
}
