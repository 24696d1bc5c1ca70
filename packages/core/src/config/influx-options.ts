import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { TlsFiles } from '../wires/settings.ts';

/** Keys that a member of a union must not have. */
type Without<Keys extends string> = { readonly [Key in Keys]?: undefined };

/**
 * Credentials of InfluxDB 1.x; a password needs a name.
 *
 * @category Configuration
 */
export type Influx1Credentials = Without<'bucket' | 'database' | 'organization' | 'token'> & {
  readonly dbName: string;
} & (
    | { readonly username: string; readonly password?: string | undefined }
    | { readonly username?: undefined; readonly password?: undefined }
  );

/**
 * Credentials of InfluxDB 2.x. Organization and bucket by name or id.
 *
 * @category Configuration
 */
export interface Influx2Credentials extends Without<'database' | 'dbName' | 'password' | 'username'> {
  readonly organization: string;
  readonly bucket: string;
  readonly token: string;
}

/**
 * Credentials of InfluxDB 3. A server without authorization needs no token.
 *
 * @category Configuration
 */
export interface Influx3Credentials extends Without<'bucket' | 'dbName' | 'organization' | 'password' | 'username'> {
  readonly database: string;
  readonly token?: string | undefined;
}

/**
 * Credentials of InfluxDB 2.x for an InfluxDB 3, which knows no organizations and calls a bucket a database.
 *
 * @category Configuration
 */
export type Influx2CredentialsFor3 = Omit<Influx2Credentials, 'organization'> &
  Partial<Pick<Influx2Credentials, 'organization'>>;

/**
 * Where an InfluxDB is, and how it is reached.
 *
 * @category Configuration
 */
export interface InfluxAddressOptions {
  /** Makes the connections instead of our own agent, as for a proxy. */
  readonly agent?: HttpAgent | HttpsAgent | undefined;
  /** @defaultValue `localhost` */
  readonly host?: string | undefined;
  /** @defaultValue 8086 */
  readonly port?: number | undefined;
  /** True for https. @defaultValue false */
  readonly ssl?: boolean | undefined;
  /** Files in PEM, for https. @defaultValue the system's authorities, no certificate of the client */
  readonly tls?: TlsFiles | undefined;
  /** Instead of host, port and ssl, as in `https://influx.example:8086`; it may have a path, as in `/influx`. */
  readonly url?: string | undefined;
}

/**
 * Options of an InfluxDB 1.x.
 *
 * @category Configuration
 */
export interface Influx1Options extends InfluxAddressOptions, Without<'noSync' | 'store'> {
  readonly version: 1;
  readonly credentials?: Influx1Credentials | undefined;
}

/**
 * Options of an InfluxDB 2.x.
 *
 * @category Configuration
 */
export interface Influx2Options extends InfluxAddressOptions, Without<'noSync' | 'store'> {
  readonly version: 2;
  readonly credentials?: Influx2Credentials | undefined;
}

/**
 * Options of an InfluxDB 3.
 *
 * @category Configuration
 */
export interface Influx3Options extends InfluxAddressOptions, Without<'store'> {
  readonly version: 3;
  readonly credentials?: Influx2CredentialsFor3 | Influx3Credentials | undefined;
  /** True to be answered before the server has written its log; its last second may be lost then. @defaultValue false */
  readonly noSync?: boolean | undefined;
}

/**
 * Options that leave the version to the credentials: 1 with a `dbName`, 2 with a bucket, 3 with a `database`.
 *
 * @category Configuration
 */
export interface InfluxOptionsByCredentials extends InfluxAddressOptions, Without<'noSync' | 'store' | 'version'> {
  /** Without any, in code or elsewhere, points stay in this process's memory. */
  readonly credentials?: Influx1Credentials | Influx2Credentials | Influx3Credentials | undefined;
}

/**
 * Options of the embedded store, whatever else is configured.
 *
 * @category Configuration
 */
export interface MemoryStoreOptions extends Without<
  'agent' | 'credentials' | 'host' | 'noSync' | 'port' | 'ssl' | 'tls' | 'url' | 'version'
> {
  readonly store: 'memory';
}

/**
 * Where the points go, in the words of the source; what fits together is told apart by `version` and `store`.
 *
 * @category Configuration
 */
export type InfluxOptions =
  Influx1Options | Influx2Options | Influx3Options | InfluxOptionsByCredentials | MemoryStoreOptions;
