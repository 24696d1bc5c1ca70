import { inspect } from 'node:util';

/** Where an InfluxDB is. */
export interface InfluxAddress {
  /** Name or address of the host, without a port. */
  readonly host: string;
  readonly port: number;
  /** True for https. */
  readonly ssl: boolean;
}

export interface Influx1SettingsInit extends InfluxAddress {
  readonly dbName: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export interface Influx2SettingsInit extends InfluxAddress {
  readonly organization: string;
  readonly bucket: string;
  readonly token: string;
}

const HIDDEN = '(not shown)';

/** What an InfluxDB 1.x is reached with. Printing it does not show the password. */
export class Influx1Settings {
  readonly dbName: string;
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly ssl: boolean;

  constructor(init: Influx1SettingsInit) {
    this.dbName = init.dbName;
    this.host = init.host;
    this.port = init.port;
    this.username = init.username;
    this.password = init.password;
    this.ssl = init.ssl;
  }

  get url(): string {
    return urlOf(this);
  }

  toJSON(): object {
    return hiding(this, 'password');
  }

  [inspect.custom](): unknown {
    return this.toJSON();
  }
}

/** What an InfluxDB 2.x, or 3 through its 2.x endpoint, is reached with. Printing it does not show the token. */
export class Influx2Settings {
  readonly host: string;
  readonly port: number;
  readonly organization: string;
  readonly bucket: string;
  readonly token: string;
  readonly ssl: boolean;

  constructor(init: Influx2SettingsInit) {
    this.host = init.host;
    this.port = init.port;
    this.organization = init.organization;
    this.bucket = init.bucket;
    this.token = init.token;
    this.ssl = init.ssl;
  }

  get url(): string {
    return urlOf(this);
  }

  toJSON(): object {
    return hiding(this, 'token');
  }

  [inspect.custom](): unknown {
    return this.toJSON();
  }
}

/** True where both lead to the same database with the same credentials. */
export function areEqualSettings(
  left: Influx1Settings | Influx2Settings | undefined,
  right: Influx1Settings | Influx2Settings | undefined,
): boolean {
  if (left === undefined || right === undefined) return left === right;
  if (left.constructor !== right.constructor) return false;
  const rightByKey = new Map<string, unknown>(Object.entries(right));
  return Object.entries(left).every(([key, value]) => rightByKey.get(key) === value);
}

/** A copy to print, without the credential. */
function hiding(settings: object, secret: string): object {
  const entries = Object.entries(settings).map(([key, value]: [string, unknown]) => [
    key,
    key === secret && value !== undefined ? HIDDEN : value,
  ]);
  return Object.fromEntries(entries) as object;
}

function urlOf({ host, port, ssl }: InfluxAddress): string {
  // An address of version 6 stands in brackets in a URL.
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `${ssl ? 'https' : 'http'}://${name}:${String(port)}`;
}
