import { MonitoringError } from '../errors.ts';
import { describeValue, expectation } from '../option-rules.ts';
import { SETTINGS, type ConfigurationValues, type SettingName } from './settings-table.ts';

/** A configured value and where it comes from, as a message names it: `INFLUX_PORT`, `"port" in ./monitoring.yaml`. */
export interface Setting {
  readonly value: NonNullable<ConfigurationValues[SettingName]>;
  readonly source: string;
  /** The version that a database's name is of, where its spelling tells: `dbName` is of 1, `database` in code of 3. */
  readonly ofVersion?: 1 | 3 | undefined;
  /** What follows a host in a URL, as in `/influx`. */
  readonly path?: string | undefined;
}

/** What one source of configuration says. */
export type Layer = ReadonlyMap<SettingName, Setting>;

/**
 * Checks a value and takes it into a layer.
 *
 * @throws MonitoringError `ERR_OPTION_TYPE`
 */
export function addSetting(
  layer: Map<SettingName, Setting>,
  name: SettingName,
  given: unknown,
  source: string,
  ofVersion?: 1 | 3,
): void {
  const value = trimmed(name, given);
  const { rule } = SETTINGS[name];
  if (!rule.isValid(value)) {
    throw new MonitoringError('ERR_OPTION_TYPE', `${source}: expected ${expectation(rule, value)}`);
  }
  // The rule of a setting lets nothing through but what its type says.
  layer.set(name, { value: value as Setting['value'], source, ofVersion });
}

/** What is read from a file of a secret ends in a line end, which no header may hold. */
function trimmed(name: SettingName, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (name === 'token') return value.trim();
  return name === 'password' ? value.replace(/[\r\n]+$/, '') : value;
}

/**
 * Takes a layer's `url` apart into host, with its path, port and ssl.
 *
 * @throws MonitoringError `ERR_OPTION_TYPE` where it is no address, `ERR_OPTION_CONFLICT` where the same layer says
 * otherwise
 */
export function expandUrl(layer: Layer): Layer {
  const setting = layer.get('url');
  if (setting === undefined) return layer;
  const { path, ...address } = parseUrl(setting);
  const expanded = new Map(layer);
  expanded.delete('url');
  for (const [name, value] of Object.entries(address) as [SettingName, Setting['value']][]) {
    const given = layer.get(name);
    if (given !== undefined && given.value !== value) {
      throw new MonitoringError(
        'ERR_OPTION_CONFLICT',
        `${given.source}: expected ${describeValue(value)} as ${setting.source} has it, or only one of the two; ` +
          `got ${describeValue(given.value)}`,
      );
    }
    expanded.set(name, { value, source: setting.source, path: name === 'host' ? path : undefined });
  }
  return expanded;
}

interface UrlParts {
  readonly host: string;
  readonly port: number;
  readonly ssl: boolean;
  readonly path: string;
}

function parseUrl({ value, source }: Setting): UrlParts {
  const text = String(value);
  const expected = `${source}: expected an address as in http://localhost:8086`;
  const refusal = (got: string): MonitoringError => new MonitoringError('ERR_OPTION_TYPE', `${expected}, got ${got}`);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw refusal('a string that is no URL (not shown)');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    // A host and its port, as in `influx:8086`, is a scheme and a path.
    const advice = /^[\w.-]+:\d+\/?$/.test(text) ? `; write http://${text}` : '';
    throw refusal(`the scheme ${JSON.stringify(url.protocol)}${advice}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw refusal('one with credentials (not shown): give them apart');
  }
  if (url.search !== '' || url.hash !== '') throw refusal('one with a query or a fragment');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (!SETTINGS.host.rule.isValid(host)) throw refusal('one whose host is no name or address');
  const ssl = url.protocol === 'https:';
  const port = url.port === '' ? (ssl ? 443 : 80) : Number(url.port);
  if (!SETTINGS.port.rule.isValid(port)) throw refusal('one with the port 0');
  return { host, port, ssl, path: url.pathname.replace(/\/+$/, '') };
}

/** A setting of the strongest layer that has it. */
export interface RankedSetting extends Setting {
  /** 0 for the strongest layer. */
  readonly rank: number;
}

/** Reads settings in the types that their rules hold them to. */
export type Reader = <Name extends SettingName>(name: Name) => ConfigurationValues[Name];

/** Reads the values of settings by name. */
export function reader(settings: ReadonlyMap<SettingName, Setting>): Reader {
  // A layer holds under a name only what the rule of that name let through.
  return (name) => settings.get(name)?.value as ConfigurationValues[typeof name];
}

/** The error of a setting that another one needs. */
export function missing(because: Setting, expected: string, name: string): MonitoringError {
  return new MonitoringError(
    'ERR_OPTION_MISSING',
    `${name}: expected ${expected}, since ${because.source} is set, got nothing`,
  );
}

const CREDENTIALS: ReadonlySet<SettingName> = new Set([
  'bucket',
  'dbName',
  'organization',
  'password',
  'token',
  'username',
]);

/** A setting by all its names: the variable, and what it is called in code and in a file. */
export function nameOf(name: SettingName): string {
  const { variable } = SETTINGS[name];
  const inCode = CREDENTIALS.has(name)
    ? `"credentials.${name}" in code, "${name}" in the file`
    : `"${name}" in code or in the file`;
  return variable === undefined ? inCode : `${variable} (or ${inCode})`;
}
