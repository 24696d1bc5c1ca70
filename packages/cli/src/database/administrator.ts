import { Influx1Settings, Influx2Settings, type InfluxAddress } from '@influx-monitoring/core';
import { loadConfiguration, type ResolvedConfiguration } from '@influx-monitoring/core/internal';
import { CommandError } from '../command-error.ts';
import type { Terminal } from '../terminal.ts';

type Environment = Terminal['environment'];

/** The database of the service, with the credentials of an administrator where the environment has some. */
export interface Administration {
  readonly admin: Influx1Settings | Influx2Settings;
  readonly version: ResolvedConfiguration['version'];
  /** The service's own user of 1.x. */
  readonly username: string | undefined;
}

/** Reads the configuration of the service, and who administers its database. @throws CommandError where none is configured */
export function loadAsAdministrator({ environment, folder }: Pick<Terminal, 'environment' | 'folder'>): Administration {
  const { settings, version } = loadWithAnyToken(environment, folder);
  if (settings === undefined) {
    throw new CommandError('no InfluxDB is configured: set INFLUX_URL and credentials, as for the service');
  }
  if (settings instanceof Influx1Settings) {
    return { admin: asInflux1Administrator(settings, environment), version, username: settings.username };
  }
  return { admin: asInflux2Administrator(settings, environment), version, username: undefined };
}

/** The service's token exists only after its bucket: an administrator's is enough. */
function loadWithAnyToken(environment: Environment, folder: string): ResolvedConfiguration {
  const { INFLUX_ADMIN_TOKEN: token = '', INFLUX_TOKEN: own = '' } = environment;
  try {
    return loadConfiguration({}, { environment, folder });
  } catch (error) {
    if (token === '' || own !== '') throw error;
    return loadConfiguration({}, { environment: { ...environment, INFLUX_TOKEN: token }, folder });
  }
}

function asInflux1Administrator(
  { username: ownName, password: ownPassword, ...place }: Influx1Settings,
  environment: Environment,
): Influx1Settings {
  const { INFLUX_ADMIN_USERNAME: username = ownName, INFLUX_ADMIN_PASSWORD: password = ownPassword } = environment;
  return new Influx1Settings({ ...placeOf(place), dbName: place.dbName, username, password });
}

function asInflux2Administrator(settings: Influx2Settings, environment: Environment): Influx2Settings {
  const { bucket, organization } = settings;
  const token = environment['INFLUX_ADMIN_TOKEN'] ?? settings.token;
  return new Influx2Settings({ ...placeOf(settings), bucket, organization, token });
}

function placeOf({ agent, host, path, port, ssl, tls }: InfluxAddress): InfluxAddress {
  return { agent, host, path, port, ssl, tls };
}
