import { join } from 'node:path';

/** Settings of influxd by section, as in `{ http: { 'max-body-size': 1000 } }`; they replace ours. */
export type Influx1Configuration = Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;

/** The text of a configuration file. */
export function encodeConfiguration(
  about: { readonly folder: string; readonly port: number; readonly hasUser: boolean },
  overrides: Influx1Configuration,
): string {
  const own = ownConfiguration(about);
  const names = new Set([...Object.keys(own), ...Object.keys(overrides)]);
  const sections = [...names].map((name) => encodeSection(name, { ...own[name], ...overrides[name] }));
  // Nobody speaks to the port of backups, so any will do, and none is taken that another has in mind.
  return ['reporting-disabled = true', 'bind-address = "127.0.0.1:0"', ...sections, ''].join('\n');
}

function ownConfiguration({ folder, port, hasUser }: Parameters<typeof encodeConfiguration>[0]): Influx1Configuration {
  return {
    meta: { dir: join(folder, 'meta') },
    data: {
      dir: join(folder, 'data'),
      'wal-dir': join(folder, 'wal'),
      'query-log-enabled': false,
      'max-series-per-database': 0,
      'max-values-per-tag': 0,
    },
    monitor: { 'store-enabled': false },
    'shard-precreation': { enabled: false },
    http: { 'bind-address': `127.0.0.1:${String(port)}`, 'auth-enabled': hasUser, 'log-enabled': false },
    logging: { level: 'warn', 'suppress-logo': true },
  };
}

function encodeSection(name: string, settings: Influx1Configuration[string]): string {
  // A basic string of TOML is escaped as one of JSON.
  const lines = Object.entries(settings).map(([key, value]) => `  ${key} = ${JSON.stringify(value)}`);
  return [`[${name}]`, ...lines].join('\n');
}
