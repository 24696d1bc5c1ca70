import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Cosmiconfig from 'cosmiconfig';
import { MonitoringError } from '../errors.ts';
import { loadModule } from '../process/load-module.ts';
import { describeValue } from '../option-rules.ts';
import { addSetting, type Layer, type Setting } from './layer.ts';
import { SETTING_NAMES, SETTINGS, type SettingName } from './settings-table.ts';

/** Names of the section, ours and those LUNA has used. */
export const SECTION_NAMES = ['monitoring', 'INFLUX_MONITORING', 'LUNA_MONITORING'] as const;

/** The name that cosmiconfig makes file names from. */
const TOOL_NAME = 'influx-monitoring';

/** LUNA names its storage; ours is the only one there is. */
const STORAGE_TYPE_KEYS: ReadonlySet<string> = new Set(['storage_type', 'storageType']);

/** Where a file is looked for. */
export interface FileLocation {
  /** A file named by the user; it must exist. */
  readonly path?: string | undefined;
  /** The folder to search. @defaultValue the working directory */
  readonly folder?: string | undefined;
}

/**
 * Reads the section of a configuration file: the one named, else the one that cosmiconfig finds
 * (`.influx-monitoringrc`, `influx-monitoring.config.cjs`, a key of package.json and so on).
 *
 * @returns an empty layer where there is no file
 * @throws MonitoringError `ERR_CONFIG_FILE` where it can't be read or has no section, `ERR_OPTION_UNKNOWN`,
 * `ERR_OPTION_TYPE`, `ERR_OPTION_CONFLICT` for what stands in it
 */
export function readConfigurationFile(location: FileLocation): Layer {
  const found = load(location);
  if (found === undefined) return new Map();
  const section = sectionOf(found.content, found.path);
  const layer = new Map<SettingName, Setting>();
  for (const [key, value] of Object.entries(section)) {
    if (value === null || value === undefined) continue;
    const source = `${JSON.stringify(key)} in ${found.path}`;
    if (STORAGE_TYPE_KEYS.has(key)) checkStorageType(value, source);
    else addKey(layer, key, value, source);
  }
  return layer;
}

function load({ path, folder = process.cwd() }: FileLocation): { content: unknown; path: string } | undefined {
  if (path === undefined && !mayHoldFile(folder)) return undefined;
  // The module of that name has these types.
  const { cosmiconfigSync } = loadModule('cosmiconfig') as typeof Cosmiconfig;
  const explorer = cosmiconfigSync(TOOL_NAME);
  try {
    const result = path === undefined ? explorer.search(folder) : explorer.load(path);
    if (result === null || (result.isEmpty === true && path === undefined)) return undefined;
    return { content: result.config, path: result.filepath };
  } catch (error) {
    const name = path ?? `the configuration file in ${folder}`;
    throw new MonitoringError(
      'ERR_CONFIG_FILE',
      `${name}: expected a readable configuration file, got ${fault(error)}`,
    );
  }
}

/** Errors that quote the text of the file, where credentials are. They are told by name and place, and are no cause. */
const QUOTING_ERRORS: ReadonlyMap<string, string> = new Map([
  ['JSONError', 'one that is no JSON'],
  ['YAMLException', 'one that is no YAML'],
  ['SyntaxError', 'one that is no JavaScript'],
]);

function fault(error: unknown): string {
  if (!(error instanceof Error)) return describeValue(error);
  const quoting = QUOTING_ERRORS.get(error.name);
  if (quoting === undefined) return `the error ${JSON.stringify(error.message.split('\n')[0])}`;
  const place = /\((\d+:\d+)\)/.exec(error.message)?.[1];
  return place === undefined ? quoting : `${quoting} at ${place}`;
}

/** Says no where there is surely nothing for cosmiconfig to find, which takes 10 MiB of memory to look. */
function mayHoldFile(folder: string): boolean {
  const names = [...namesIn(folder), ...namesIn(join(folder, '.config'))];
  if (names.some((name) => name.includes(TOOL_NAME))) return true;
  return (
    names.includes('package.json') && readFileSync(join(folder, 'package.json'), 'utf8').includes(`"${TOOL_NAME}"`)
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
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
  const section = content[name];
  if (!isRecord(section)) {
    throw new MonitoringError(
      'ERR_CONFIG_FILE',
      `"${name}" in ${path}: expected settings by name, got ${describeValue(section)}`,
    );
  }
  return section;
}

function addKey(layer: Map<SettingName, Setting>, key: string, value: unknown, source: string): void {
  const name = SETTING_NAMES.find((known) => known === key || SETTINGS[known].fileKeys.includes(key));
  if (name === undefined) {
    const known = [...SETTING_NAMES].join(', ');
    throw new MonitoringError('ERR_OPTION_UNKNOWN', `${source}: unknown setting; expected one of ${known}`);
  }
  const earlier = layer.get(name);
  if (earlier !== undefined) {
    throw new MonitoringError('ERR_OPTION_CONFLICT', `${source}: expected it once, got ${earlier.source} too`);
  }
  // LUNA writes its flags as 0 and 1.
  const isFlag = SETTINGS[name].type === 'boolean' && (value === 0 || value === 1);
  addSetting(layer, name, isFlag ? value === 1 : value, source);
}

function checkStorageType(value: unknown, source: string): void {
  if (value === 'influx') return;
  throw new MonitoringError('ERR_OPTION_TYPE', `${source}: expected "influx", got ${describeValue(value)}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
