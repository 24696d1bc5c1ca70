import { MonitoringError } from '../errors.ts';
import type { AggregateOptions } from '../folding/folding-options.ts';
import { checkOptions, describeValue, type OptionRules } from '../option-rules.ts';
import { DELIVERY_OPTION_RULES, type DeliveryOptions } from '../sending/delivery-options.ts';
import { addSetting, type Layer, type Setting } from './layer.ts';
import type { InfluxOptions } from './influx-options.ts';
import { PLAIN_SETTING_NAMES, settingsOfGroup, type SettingGroup, type SettingName } from './settings-table.ts';

const CREDENTIAL_NAMES = ['bucket', 'database', 'dbName', 'organization', 'password', 'token', 'username'] as const;

/**
 * Reads the options in code as a layer of configuration.
 *
 * @param owner - whose options they are, for messages
 * @param optionRules - those that the owner takes
 * @throws MonitoringError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`, `ERR_OPTION_CONFLICT`
 */
export function readOptions<
  Options extends InfluxOptions & {
    readonly aggregate?: AggregateOptions | undefined;
    readonly delivery?: DeliveryOptions | undefined;
  },
>(owner: string, options: Options, optionRules: OptionRules<Options>): Layer {
  const checked = new Map<string, unknown>(Object.entries(checkOptions(owner, options, optionRules)));
  refuseBesideStore(owner, checked);
  const layer = new Map<SettingName, Setting>();
  for (const name of PLAIN_SETTING_NAMES) {
    const value = checked.get(name);
    if (value !== undefined) addSetting(layer, name, value, `${owner}: option "${name}"`);
  }
  addCredentials(layer, owner, options.credentials ?? {});
  if (options.delivery !== undefined) {
    checkOptions('delivery', options.delivery, DELIVERY_OPTION_RULES);
    addGroup(layer, 'delivery', owner, options.delivery);
  }
  addKnownGroup(layer, 'aggregate', owner, options.aggregate ?? {});
  addKnownGroup(layer, 'tls', owner, options.tls ?? {});
  return layer;
}

function refuseBesideStore(owner: string, options: ReadonlyMap<string, unknown>): void {
  if (options.get('store') === undefined) return;
  const others = ['agent', 'credentials', 'host', 'noSync', 'port', 'ssl', 'tls', 'url', 'version'];
  const other = others.find((name) => options.get(name) !== undefined);
  if (other === undefined) return;
  throw new MonitoringError(
    'ERR_OPTION_CONFLICT',
    `${owner}: option "store": expected nothing of a database beside "memory", got "${other}"`,
  );
}

function addCredentials(layer: Map<SettingName, Setting>, owner: string, credentials: object): void {
  for (const [key, value] of Object.entries(credentials) as [string, unknown][]) {
    const name = CREDENTIAL_NAMES.find((known) => known === key);
    if (name === undefined) {
      throw new MonitoringError(
        'ERR_OPTION_UNKNOWN',
        `${owner}: unknown credential ${describeValue(key)}; expected one of ${CREDENTIAL_NAMES.join(', ')}`,
      );
    }
    if (value === undefined) continue;
    const source = `${owner}: option "credentials.${name}"`;
    if (name !== 'database' && name !== 'dbName') addSetting(layer, name, value, source);
    else addDatabase(layer, name === 'database' ? 3 : 1, value, source);
  }
}

function addDatabase(layer: Map<SettingName, Setting>, ofVersion: 1 | 3, value: unknown, source: string): void {
  const earlier = layer.get('dbName');
  if (earlier !== undefined) {
    throw new MonitoringError('ERR_OPTION_CONFLICT', `${source}: expected it once, got ${earlier.source} too`);
  }
  addSetting(layer, 'dbName', value, source, ofVersion);
}

function addKnownGroup(
  layer: Map<SettingName, Setting>,
  group: 'aggregate' | 'tls',
  owner: string,
  values: object,
): void {
  const known = settingsOfGroup(group);
  const unknown = Object.keys(values).find((key) => !known.has(key));
  if (unknown !== undefined) {
    throw new MonitoringError(
      'ERR_OPTION_UNKNOWN',
      `${owner}: unknown option "${group}.${unknown}"; expected one of ${[...known.keys()].join(', ')}`,
    );
  }
  addGroup(layer, group, owner, values);
}

function addGroup(layer: Map<SettingName, Setting>, group: SettingGroup, owner: string, values: object): void {
  const given = new Map<string, unknown>(Object.entries(values));
  for (const [key, name] of settingsOfGroup(group)) {
    const value = given.get(key);
    if (value !== undefined) addSetting(layer, name, value, `${owner}: option "${name}"`);
  }
}
