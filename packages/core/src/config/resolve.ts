import { resolveAggregateOptions, type ResolvedAggregateOptions } from '../folding/folding-options.ts';
import type { InfluxSettings } from '../wires/settings.ts';
import { DEFAULT_MAX_MESSAGE_AGE_SECONDS } from '../messages/message-age.ts';
import { DEFAULT_SERVICE } from '../points/base-point.ts';
import { resolveDatabase, type DatabaseOptions } from './database.ts';
import { expandUrl, missing, nameOf, reader, type Layer, type RankedSetting } from './layer.ts';
import { SETTINGS, settingsOfGroup, type ConfiguredDelivery, type SettingName } from './settings-table.ts';

/** The settings of the source, for what nobody configured. */
export const DEFAULT_CONFIGURATION = Object.freeze({
  enabled: true,
  flushingPeriod: 1,
  host: 'localhost',
  maxMessageAgeSeconds: DEFAULT_MAX_MESSAGE_AGE_SECONDS,
  port: 8086,
  service: DEFAULT_SERVICE,
  ssl: false,
  version: 2,
} as const);

/** What all sources together come to. */
export interface ResolvedConfiguration {
  /** Which events are folded; `undefined` where none are. */
  readonly aggregate: ResolvedAggregateOptions | undefined;
  /** How points wait and are kept; what is missing has delivery's own default. */
  readonly delivery: ConfiguredDelivery;
  readonly enabled: boolean;
  readonly flushingPeriod: number;
  readonly service: string;
  readonly lane: number | undefined;
  /** How old a message may be and still be the cause of a send, in seconds. */
  readonly maxMessageAgeSeconds: number;
  readonly maxTagValues: number | undefined;
  /** Seconds from one point of the series `process` to the next; `undefined` where none is recorded. */
  readonly processPeriodSeconds: number | undefined;
  /** The same of the series `monitoring`. */
  readonly selfPeriodSeconds: number | undefined;
  /** Where the points go; `undefined` for the embedded store. */
  readonly settings: InfluxSettings | undefined;
  /** Version of that InfluxDB; `undefined` for the embedded store. */
  readonly version: 1 | 2 | 3 | undefined;
  /** Where each value came from, by setting; what is missing here is a default. */
  readonly sources: ReadonlyMap<SettingName, string>;
}

/**
 * Joins the layers, strongest first.
 *
 * @param database - what of a database is said in code alone
 * @throws MonitoringError `ERR_OPTION_MISSING`, `ERR_OPTION_CONFLICT`
 */
export function resolveConfiguration(layers: readonly Layer[], database: DatabaseOptions = {}): ResolvedConfiguration {
  const settings = new Map<SettingName, RankedSetting>();
  for (const [rank, layer] of layers.entries()) {
    for (const [name, setting] of expandUrl(layer)) {
      if (!settings.has(name)) settings.set(name, { ...setting, rank });
    }
  }
  const read = reader(settings);
  const resolved = database.store === 'memory' ? undefined : resolveDatabase(settings, database, DEFAULT_CONFIGURATION);
  return {
    aggregate: resolveAggregate(settings),
    delivery: resolveDelivery(settings),
    enabled: read('enabled') ?? DEFAULT_CONFIGURATION.enabled,
    flushingPeriod: read('flushingPeriod') ?? DEFAULT_CONFIGURATION.flushingPeriod,
    service: read('service') ?? DEFAULT_CONFIGURATION.service,
    lane: read('lane'),
    maxMessageAgeSeconds: read('maxMessageAgeSeconds') ?? DEFAULT_CONFIGURATION.maxMessageAgeSeconds,
    maxTagValues: read('maxTagValues'),
    processPeriodSeconds: read('processPeriodSeconds'),
    selfPeriodSeconds: read('selfPeriodSeconds'),
    settings: resolved?.settings,
    version: resolved?.version,
    sources: new Map([...settings].map(([name, { source }]) => [name, source])),
  };
}

function resolveDelivery(settings: ReadonlyMap<SettingName, RankedSetting>): ConfiguredDelivery {
  const durability = settings.get('delivery.durability');
  const isSpooled = durability !== undefined && durability.value !== 'memory';
  if (isSpooled && !settings.has('delivery.spoolFolder')) {
    throw missing(durability, 'a folder', nameOf('delivery.spoolFolder'));
  }
  const given = [...settingsOfGroup('delivery')].flatMap(([key, name]) => {
    const value = settings.get(name)?.value;
    return value === undefined ? [] : [[key, value] as const];
  });
  // The rule of each let nothing through but what its type says.
  return Object.fromEntries(given);
}

function resolveAggregate(settings: ReadonlyMap<SettingName, RankedSetting>): ResolvedAggregateOptions | undefined {
  const read = reader(settings);
  const series = read('aggregate.series');
  const given = [...settingsOfGroup('aggregate').values()].map((name) => settings.get(name)).find(Boolean);
  if (given === undefined) return undefined;
  if (series === undefined)
    throw missing(given, SETTINGS['aggregate.series'].rule.expected, nameOf('aggregate.series'));
  return resolveAggregateOptions({
    buckets: read('aggregate.buckets'),
    periodSeconds: read('aggregate.periodSeconds'),
    series,
    slowSeconds: read('aggregate.slowSeconds'),
  });
}
