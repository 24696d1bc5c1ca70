import type { InfluxDB } from '@influxdata/influxdb-client';
import { createInflux2Client } from '../wires/influx2-client.ts';
import { createWire } from '../wires/create-wire.ts';
import type { Influx2Settings } from '../wires/settings.ts';
import { BaseMonitoringAdapter, type BaseMonitoringAdapterInit } from './base-adapter.ts';

/**
 * What an adapter for InfluxDB 2.x and 3 is made from.
 *
 * @category Databases
 */
export interface Influx2MonitoringAdapterInit extends BaseMonitoringAdapterInit {
  readonly settings: Influx2Settings;
}

/**
 * Buffers points and sends them to InfluxDB 2.x; with the settings of 3 to that, by its own address.
 *
 * @category Databases
 */
export class Influx2MonitoringAdapter extends BaseMonitoringAdapter {
  /** Name of the bucket, or of the database of 3. */
  readonly bucket: string;
  readonly #settings: Influx2Settings;
  #client: InfluxDB | undefined;

  constructor({ settings, ...init }: Influx2MonitoringAdapterInit) {
    super(createWire(settings), init);
    this.#settings = settings;
    this.bucket = settings.bucket;
  }

  /** The official client, made and loaded when it is first asked for: it is not what writes points. */
  override get client(): InfluxDB {
    this.#client ??= createInflux2Client(this.#settings);
    return this.#client;
  }

  /** Makes a client of InfluxDB 2.x. */
  static getClient(settings: Influx2Settings): InfluxDB {
    return createInflux2Client(settings);
  }
}
