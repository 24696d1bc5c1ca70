import { Influx1Settings, type Influx2Settings } from '@influx-monitoring/core';
import type { ResolvedConfiguration } from '@influx-monitoring/core/internal';

/** A value of the configuration, as it is printed. */
export interface ConfiguredValue {
  readonly name: string;
  /** `(not shown)` for a credential. */
  readonly value: string | number | boolean;
  /** Where it came from: `INFLUX_PORT in the environment`, `default`. */
  readonly source: string;
}

type SettingName = ResolvedConfiguration['sources'] extends ReadonlyMap<infer Name, string> ? Name : never;

/** Spelled as the environment has it, for advice. */
const VARIABLES = {
  host: 'INFLUX_HOST',
  port: 'INFLUX_PORT',
  ssl: 'INFLUX_SSL',
  version: 'INFLUX_VERSION',
  dbName: 'INFLUX_DATABASE',
  username: 'INFLUX_USERNAME',
  password: 'INFLUX_PASSWORD',
  organization: 'INFLUX_ORG',
  bucket: 'INFLUX_BUCKET',
  token: 'INFLUX_TOKEN',
} as const satisfies Partial<Record<SettingName, string>>;

const HIDDEN = '(not shown)';
const DEFAULT = 'default';

/** Where a setting stands or would: for advice on what to change. */
export function placeOfSetting({ sources }: ResolvedConfiguration, name: keyof typeof VARIABLES): string {
  return sources.get(name) ?? `${VARIABLES[name]}, which is not set`;
}

/** Every value that takes effect, credentials hidden, and where each came from. */
export function configuredValues(configuration: ResolvedConfiguration): ConfiguredValue[] {
  const { settings, sources } = configuration;
  const row = (name: SettingName, value: string | number | boolean | undefined): ConfiguredValue[] =>
    value === undefined ? [] : [{ name, value, source: sources.get(name) ?? DEFAULT }];
  return [
    ...(settings === undefined ? [] : databaseValues(configuration, settings, row)),
    ...row('enabled', configuration.enabled),
    ...row('service', configuration.service),
    ...row('flushingPeriod', configuration.flushingPeriod),
    ...row('lane', configuration.lane),
    ...row('maxMessageAgeSeconds', configuration.maxMessageAgeSeconds),
    ...row('maxTagValues', configuration.maxTagValues),
    ...row('processPeriodSeconds', configuration.processPeriodSeconds),
    ...row('selfPeriodSeconds', configuration.selfPeriodSeconds),
  ];
}

type Row = (name: SettingName, value: string | number | boolean | undefined) => ConfiguredValue[];

function databaseValues(
  { version, sources }: ResolvedConfiguration,
  settings: Influx1Settings | Influx2Settings,
  row: Row,
): ConfiguredValue[] {
  const versionSource = sources.get('version') ?? 'the version of these credentials';
  const hidden = (value: string | undefined): string | undefined => (value === undefined ? undefined : HIDDEN);
  const own =
    settings instanceof Influx1Settings
      ? [
          ...row('dbName', settings.dbName),
          ...row('username', settings.username),
          ...row('password', hidden(settings.password)),
        ]
      : [
          ...row('organization', settings.organization === '' ? undefined : settings.organization),
          ...row('bucket', settings.bucket),
          ...row('token', hidden(settings.token)),
        ];
  return [
    ...row('host', settings.host),
    ...row('port', settings.port),
    ...row('ssl', settings.ssl),
    { name: 'version', value: version ?? 2, source: versionSource },
    ...own,
  ];
}
