import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { inspect, isDeepStrictEqual } from 'node:util';

/**
 * What goes beside the system's own certificates, as paths of files in PEM.
 *
 * @category Databases
 */
export interface TlsFiles {
  /** Certificates of the authorities that are trusted, instead of the system's. */
  readonly caFile?: string | undefined;
  /** The client's own certificate, with `keyFile`. */
  readonly certFile?: string | undefined;
  /** The key of the client's certificate. */
  readonly keyFile?: string | undefined;
}

/**
 * Where an InfluxDB is.
 *
 * @category Databases
 */
export interface InfluxAddress {
  /** Name or address of the host, without a port. */
  readonly host: string;
  readonly port: number;
  /** True for https. */
  readonly ssl: boolean;
  /** What makes the connections instead of our own agent, as for a proxy. */
  readonly agent?: HttpAgent | HttpsAgent | undefined;
  /** What stands before the database's own paths, as in `/influx`. @defaultValue nothing */
  readonly path?: string | undefined;
  /** For https. */
  readonly tls?: TlsFiles | undefined;
}

/**
 * What `Influx1Settings` is made from.
 *
 * @category Databases
 */
export interface Influx1SettingsInit extends InfluxAddress {
  readonly dbName: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * What `Influx2Settings` is made from.
 *
 * @category Databases
 */
export interface Influx2SettingsInit extends InfluxAddress {
  readonly organization: string;
  readonly bucket: string;
  readonly token: string;
}

/**
 * What `Influx3Settings` is made from.
 *
 * @category Databases
 */
export interface Influx3SettingsInit extends InfluxAddress {
  readonly database: string;
  /** True to be answered before the server has written its log; the last second may be lost then. @defaultValue false */
  readonly noSync?: boolean | undefined;
  /** A server without authorization needs none. */
  readonly token?: string | undefined;
}

const HIDDEN = '(not shown)';

/** What the settings of every version share: where the database is, and that printing them shows no credential. */
abstract class AddressSettings implements InfluxAddress {
  readonly agent: HttpAgent | HttpsAgent | undefined;
  readonly host: string;
  /** What stands before the database's own paths: empty, or as in `/influx`. */
  readonly path: string;
  readonly port: number;
  readonly ssl: boolean;
  readonly tls: TlsFiles | undefined;

  constructor({ agent, host, path = '', port, ssl, tls }: InfluxAddress) {
    this.agent = agent;
    this.host = host;
    this.path = path;
    this.port = port;
    this.ssl = ssl;
    this.tls = tls;
  }

  /** The address with its path, without a slash at the end. */
  get url(): string {
    // An address of version 6 stands in brackets in a URL.
    const name = this.host.includes(':') && !this.host.startsWith('[') ? `[${this.host}]` : this.host;
    return `${this.ssl ? 'https' : 'http'}://${name}:${String(this.port)}${this.path}`;
  }

  /** A copy to print, without the credential. */
  toJSON(): object {
    const entries = Object.entries(this).filter(
      ([key, value]) => key !== 'agent' && value !== undefined && value !== '',
    );
    return Object.fromEntries(entries.map(([key, value]) => [key, SECRETS.has(key) ? HIDDEN : (value as unknown)]));
  }

  [inspect.custom](): unknown {
    return this.toJSON();
  }
}

const SECRETS: ReadonlySet<string> = new Set(['password', 'token']);

/**
 * What an InfluxDB 1.x is reached with. Printing it does not show the password.
 *
 * @category Databases
 */
export class Influx1Settings extends AddressSettings {
  readonly dbName: string;
  readonly username: string | undefined;
  readonly password: string | undefined;

  constructor(init: Influx1SettingsInit) {
    super(init);
    this.dbName = init.dbName;
    this.username = init.username;
    this.password = init.password;
  }
}

/**
 * What an InfluxDB 2.x is reached with. Printing it does not show the token.
 *
 * @category Databases
 */
export class Influx2Settings extends AddressSettings {
  readonly organization: string;
  readonly bucket: string;
  readonly token: string;

  constructor(init: Influx2SettingsInit) {
    super(init);
    this.organization = init.organization;
    this.bucket = init.bucket;
    this.token = init.token;
  }
}

/**
 * What an InfluxDB 3 is reached with. Its database is the bucket of what 3 shares with 2, it knows no organizations, and
 * a server without authorization has an empty token.
 *
 * @category Databases
 */
export class Influx3Settings extends Influx2Settings {
  readonly noSync: boolean | undefined;

  constructor({ database, noSync, token = '', ...address }: Influx3SettingsInit) {
    super({ ...address, bucket: database, organization: '', token });
    this.noSync = noSync;
  }

  get database(): string {
    return this.bucket;
  }
}

/**
 * The settings of any version.
 *
 * @category Databases
 */
export type InfluxSettings = Influx1Settings | Influx2Settings | Influx3Settings;

/** True where both lead to the same database with the same credentials. */
export function areEqualSettings(left: InfluxSettings | undefined, right: InfluxSettings | undefined): boolean {
  // Agents are told apart by identity: to compare what they hold would be to compare connections.
  return left?.agent === right?.agent && isDeepStrictEqual(withoutAgent(left), withoutAgent(right));
}

function withoutAgent(settings: InfluxSettings | undefined): unknown {
  return settings === undefined
    ? undefined
    : [settings.constructor, Object.entries(settings).filter(([key]) => key !== 'agent')];
}
