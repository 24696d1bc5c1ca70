import { Influx1Settings, Influx3Settings, type InfluxSettings } from '../wires/settings.ts';
import type { Layer, Setting } from './layer.ts';
import type { SettingName } from './settings-table.ts';

const CREDENTIALS: readonly SettingName[] = ['bucket', 'dbName', 'organization', 'password', 'token', 'username'];

/**
 * What is in use, as a layer below what is given now: what is not given stays as it is. Credentials are given as a whole,
 * and the version with them.
 */
export function currentLayer(settings: InfluxSettings | undefined, flushingPeriod: number, given: Layer): Layer {
  const isOther = CREDENTIALS.some((name) => given.has(name));
  const values: [SettingName, Setting['value'] | undefined][] = [
    ['flushingPeriod', flushingPeriod],
    ...(settings === undefined ? [] : addressOf(settings, given)),
    ...(settings === undefined || isOther ? [] : credentialsOf(settings)),
  ];
  return new Map(
    values.flatMap(([name, value]) => {
      if (value === undefined) return [];
      const path = name === 'host' ? settings?.path : undefined;
      return [[name, { value, source: 'the settings in use', path }] as const];
    }),
  );
}

function addressOf(
  { host, port, ssl, tls }: InfluxSettings,
  given: Layer,
): [SettingName, Setting['value'] | undefined][] {
  const isPlain = given.get('ssl')?.value === false || String(given.get('url')?.value).startsWith('http:');
  const address: [SettingName, Setting['value'] | undefined][] = [
    ['host', host],
    ['port', port],
    ['ssl', ssl],
  ];
  if (isPlain) return address;
  return [...address, ['tls.caFile', tls?.caFile], ['tls.certFile', tls?.certFile], ['tls.keyFile', tls?.keyFile]];
}

function credentialsOf(settings: InfluxSettings): [SettingName, Setting['value'] | undefined][] {
  if (settings instanceof Influx1Settings) {
    const { dbName, password, username } = settings;
    return [
      ['version', 1],
      ['dbName', dbName],
      ['password', password],
      ['username', username],
    ];
  }
  const { bucket, organization, token } = settings;
  const isThird = settings instanceof Influx3Settings;
  return [
    ['version', isThird ? 3 : 2],
    [isThird ? 'dbName' : 'bucket', bucket],
    ['organization', organization === '' ? undefined : organization],
    ['token', token === '' ? undefined : token],
    ['noSync', isThird ? settings.noSync : undefined],
  ];
}
