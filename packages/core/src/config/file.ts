import { MonitoringError } from '../errors.ts';
import { describeValue } from '../option-rules.ts';
import { readFile, type FileLocation } from './configuration-file.ts';
import { addSetting, type Layer, type Setting } from './layer.ts';
import {
  PLAIN_SETTING_NAMES,
  SETTING_GROUPS,
  SETTINGS,
  settingsOfGroup,
  type SettingGroup,
  type SettingName,
} from './settings-table.ts';

/** Names of the section, ours and those LUNA has used. */
export const SECTION_NAMES = ['monitoring', 'INFLUX_MONITORING', 'LUNA_MONITORING'] as const;

/** LUNA names its storage; ours is the only one there is. */
const STORAGE_TYPE_KEYS: ReadonlySet<string> = new Set(['storage_type', 'storageType']);

/**
 * Reads the section of a configuration file: the one named, else the one that is found (`.influx-monitoringrc`,
 * `influx-monitoring.config.js`, a key of package.json and so on).
 *
 * @returns an empty layer where there is no file
 * @throws MonitoringError `ERR_CONFIG_FILE` where it can't be read or has no section, `ERR_OPTION_UNKNOWN`,
 * `ERR_OPTION_TYPE`, `ERR_OPTION_CONFLICT` for what stands in it
 */
export function readConfigurationFile(location: FileLocation): Layer {
  const found = readFile(location);
  if (found === undefined) return new Map();
  const { content, path } = found;
  const layer = new Map<SettingName, Setting>();
  for (const [key, value] of Object.entries(sectionOf(content, path))) {
    if (value === null || value === undefined) continue;
    const source = `${JSON.stringify(key)} in ${path}`;
    const group = SETTING_GROUPS.find((name) => name === key);
    if (STORAGE_TYPE_KEYS.has(key)) checkStorageType(value, source);
    else if (group !== undefined) addGroup(layer, group, value, path);
    else addKey(layer, key, value, source);
  }
  return layer;
}

function sectionOf(content: unknown, path: string): Readonly<Record<string, unknown>> {
  const sections = isRecord(content) ? SECTION_NAMES.filter((name) => content[name] !== undefined) : [];
  const [name, second] = sections;
  if (!isRecord(content) || name === undefined) {
    throw new MonitoringError('ERR_CONFIG_FILE', `${path}: expected a section "monitoring", got none`);
  }
  if (second !== undefined) {
    throw new MonitoringError('ERR_OPTION_CONFLICT', `${path}: expected one section, got "${name}" and "${second}"`);
  }
  return recordOf(content[name], `"${name}" in ${path}`);
}

function recordOf(value: unknown, source: string): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value;
  throw new MonitoringError('ERR_CONFIG_FILE', `${source}: expected settings by name, got ${describeValue(value)}`);
}

function addGroup(layer: Map<SettingName, Setting>, group: SettingGroup, section: unknown, path: string): void {
  const settings = settingsOfGroup(group);
  for (const [key, value] of Object.entries(recordOf(section, `"${group}" in ${path}`))) {
    if (value === null || value === undefined) continue;
    const source = `"${group}.${key}" in ${path}`;
    const name = settings.get(key) ?? [...settings.values()].find((known) => SETTINGS[known].fileKeys.includes(key));
    addOnce(layer, known(name, source, [...settings.keys()]), value, source);
  }
}

function addKey(layer: Map<SettingName, Setting>, key: string, value: unknown, source: string): void {
  const found = PLAIN_SETTING_NAMES.find((name) => name === key || SETTINGS[name].fileKeys.includes(key));
  const name = known(found, source, [...PLAIN_SETTING_NAMES, ...SETTING_GROUPS]);
  // LUNA writes its flags as 0 and 1.
  const isFlag = SETTINGS[name].type === 'boolean' && (value === 0 || value === 1);
  // What is called `database` may be of version 1 or 3.
  addOnce(layer, name, isFlag ? value === 1 : value, source, name === 'dbName' && key !== 'database' ? 1 : undefined);
}

function known(name: SettingName | undefined, source: string, expected: readonly string[]): SettingName {
  if (name !== undefined) return name;
  throw new MonitoringError(
    'ERR_OPTION_UNKNOWN',
    `${source}: unknown setting; expected one of ${expected.toSorted().join(', ')}`,
  );
}

function addOnce(
  layer: Map<SettingName, Setting>,
  name: SettingName,
  value: unknown,
  source: string,
  ofVersion?: 1,
): void {
  const earlier = layer.get(name);
  if (earlier !== undefined) {
    throw new MonitoringError('ERR_OPTION_CONFLICT', `${source}: expected it once, got ${earlier.source} too`);
  }
  addSetting(layer, name, value, source, ofVersion);
}

function checkStorageType(value: unknown, source: string): void {
  if (value === 'influx') return;
  throw new MonitoringError('ERR_OPTION_TYPE', `${source}: expected "influx", got ${describeValue(value)}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
