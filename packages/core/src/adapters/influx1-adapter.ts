import type { InfluxDB } from 'influx';
import { createInflux1Client } from '../wires/influx1-client.ts';
import { createInflux1Wire } from '../wires/influx1-wire.ts';
import type { Influx1Settings } from '../wires/settings.ts';
import { BaseMonitoringAdapter, type BaseMonitoringAdapterInit } from './base-adapter.ts';

/**
 * What an adapter for InfluxDB 1.x is made from.
 *
 * @category Databases
 */
export interface Influx1MonitoringAdapterInit extends BaseMonitoringAdapterInit {
  readonly settings: Influx1Settings;
}

/**
 * Buffers points and sends them to InfluxDB 1.x.
 *
 * @category Databases
 */
export class Influx1MonitoringAdapter extends BaseMonitoringAdapter {
  /** Name of the database. */
  readonly dbName: string;
  readonly #settings: Influx1Settings;
  #client: InfluxDB | undefined;

  constructor({ settings, ...init }: Influx1MonitoringAdapterInit) {
    super(createInflux1Wire(settings), init);
    this.#settings = settings;
    this.dbName = settings.dbName;
  }

  /** The official client, made and loaded when it is first asked for: it is not what writes points. */
  override get client(): InfluxDB {
    this.#client ??= createInflux1Client(this.#settings);
    return this.#client;
  }

  /** Makes a client of InfluxDB 1.x. */
  static getClient(settings: Influx1Settings): InfluxDB {
    return createInflux1Client(settings);
  }
}
