import { MonitoringError } from '../errors.ts';
import { describeValue, typeName } from '../option-rules.ts';
import { SETTINGS, type ConfigurationValues, type SettingName } from './settings-table.ts';

/** A configured value and where it comes from, as a message names it: `INFLUX_PORT`, `"port" in ./monitoring.yaml`. */
export interface Setting {
  readonly value: NonNullable<ConfigurationValues[SettingName]>;
  readonly source: string;
}

/** What one source of configuration says. */
export type Layer = ReadonlyMap<SettingName, Setting>;

/**
 * Checks a value and takes it into a layer.
 *
 * @throws MonitoringError `ERR_OPTION_TYPE`
 */
export function addSetting(layer: Map<SettingName, Setting>, name: SettingName, value: unknown, source: string): void {
  const { rule } = SETTINGS[name];
  if (!rule.isValid(value)) {
    const got = rule.isSecret === true ? `${typeName(value)} (not shown)` : describeValue(value);
    throw new MonitoringError('ERR_OPTION_TYPE', `${source}: expected ${rule.expected}, got ${got}`);
  }
  // The rule of a setting lets nothing through but what its type says.
  layer.set(name, { value: value as Setting['value'], source });
}

/**
 * Takes a layer's `url` apart into host, port and ssl.
 *
 * @throws MonitoringError `ERR_OPTION_TYPE` where it is no address, `ERR_OPTION_CONFLICT` where the same layer says
 * otherwise
 */
export function expandUrl(layer: Layer): Layer {
  const setting = layer.get('url');
  if (setting === undefined) return layer;
  const { host, port, ssl } = parseUrl(setting);
  const expanded = new Map(layer);
  expanded.delete('url');
  for (const [name, value] of Object.entries({ host, port, ssl }) as [SettingName, Setting['value']][]) {
    const given = layer.get(name);
    if (given !== undefined && given.value !== value) {
      throw new MonitoringError(
        'ERR_OPTION_CONFLICT',
        `${given.source}: expected ${describeValue(value)} as ${setting.source} has it, or only one of the two; ` +
          `got ${describeValue(given.value)}`,
      );
    }
    expanded.set(name, { value, source: setting.source });
  }
  return expanded;
}

function parseUrl({ value, source }: Setting): { host: string; port: number; ssl: boolean } {
  const expected = `${source}: expected an address as in http://localhost:8086`;
  let url: URL;
  try {
    url = new URL(String(value));
  } catch {
    throw new MonitoringError('ERR_OPTION_TYPE', `${expected}, got a string that is no URL (not shown)`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new MonitoringError('ERR_OPTION_TYPE', `${expected}, got the scheme ${JSON.stringify(url.protocol)}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new MonitoringError('ERR_OPTION_TYPE', `${expected}, got one with credentials (not shown): give them apart`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new MonitoringError('ERR_OPTION_TYPE', `${expected}, got one with a path, a query or a fragment`);
  }
  const ssl = url.protocol === 'https:';
  const port = url.port === '' ? (ssl ? 443 : 80) : Number(url.port);
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port, ssl };
}
