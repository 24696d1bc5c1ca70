import { addSetting, type Layer, type Setting } from './layer.ts';
import { SETTING_NAMES, SETTINGS, type SettingName } from './settings-table.ts';

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
    const { type, variable } = SETTINGS[name];
    const text = environment[variable]?.trim();
    if (text === undefined || text === '') continue;
    addSetting(layer, name, parseText(text, type), `${variable} in the environment`);
  }
  return layer;
}

/** What is no number or boolean stays text, for the rule to refuse and the message to show. */
function parseText(text: string, type: 'text' | 'number' | 'boolean'): string | number | boolean {
  if (type === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (type === 'boolean') return BOOLEAN_WORDS[text.toLowerCase()] ?? text;
  return text;
}
