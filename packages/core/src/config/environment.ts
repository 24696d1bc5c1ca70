import { MonitoringError } from '../errors.ts';
import { addSetting, type Layer, type Setting } from './layer.ts';
import { SETTING_NAMES, SETTINGS, type SettingDefinition, type SettingName } from './settings-table.ts';

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

const BOOLEAN_WORDS: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };

/**
 * Reads the settings in the environment. An empty variable is none, as Compose files write it.
 *
 * @throws MonitoringError `ERR_OPTION_TYPE`
 */
export function readEnvironment(environment: Environment): Layer {
  const layer = new Map<SettingName, Setting>();
  for (const name of SETTING_NAMES) {
    const definition = SETTINGS[name];
    const { variable } = definition;
    if (variable === undefined) continue;
    const value = environment[variable]?.trim();
    if (value === undefined || value === '' || isPlatformsOwn(variable, value)) continue;
    const source = `${variable} in the environment`;
    if (name === 'host' && /^https?:\/\//i.test(value)) addHostUrl(layer, value, source, environment);
    else addSetting(layer, name, parseText(value, definition), source);
  }
  return layer;
}

/** InfluxDB's own command has a URL in INFLUX_HOST. */
function addHostUrl(layer: Map<SettingName, Setting>, url: string, source: string, environment: Environment): void {
  for (const name of ['url', 'port', 'ssl'] as const) {
    const { variable = '' } = SETTINGS[name];
    const other = environment[variable]?.trim() ?? '';
    if (other === '' || isPlatformsOwn(variable, other)) continue;
    throw new MonitoringError(
      'ERR_OPTION_CONFLICT',
      `${source}: expected a host name or address beside ${variable}, got a URL; set only one of the two`,
    );
  }
  addSetting(layer, 'url', url, source);
}

/**
 * Whether a platform has set a variable that only looks like a setting: Kubernetes and Docker's links set
 * `INFLUX_PORT=tcp://10.96.1.2:8086` for a service called `influx`.
 */
export function isPlatformsOwn(variable: string, value: string): boolean {
  return variable.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//i.test(value.trim());
}

/** What is no number or boolean stays text, for the rule to refuse and the message to show. */
function parseText(text: string, { type, variableUnit }: SettingDefinition): string | number | boolean | string[] {
  if (type === 'list') return text.split(',').map((item) => item.trim());
  if (type === 'number' && /^-?\d+(\.\d+)?$/.test(text)) {
    return variableUnit === undefined ? Number(text) : Math.round(Number(text) * variableUnit);
  }
  if (type === 'boolean') return BOOLEAN_WORDS[text.toLowerCase()] ?? text;
  return text;
}
