import type { InfluxDB } from '@influxdata/influxdb-client';
import { createInflux2Client, Influx2Wire } from '../wires/influx2-wire.ts';
import type { Influx2Settings } from '../wires/settings.ts';
import { BaseMonitoringAdapter, type BaseMonitoringAdapterInit } from './base-adapter.ts';

/** What an adapter for InfluxDB 2.x and 3 is made from. */
export interface Influx2MonitoringAdapterInit extends BaseMonitoringAdapterInit {
  readonly settings: Influx2Settings;
}

/** Buffers points and sends them to InfluxDB 2.x, or to 3 through the same endpoint. */
export class Influx2MonitoringAdapter extends BaseMonitoringAdapter {
  /** Name of the bucket. */
  readonly bucket: string;
  readonly client: InfluxDB;

  constructor({ settings, ...init }: Influx2MonitoringAdapterInit) {
    const wire = new Influx2Wire(settings);
    super(wire, init);
    this.client = wire.client;
    this.bucket = settings.bucket;
  }

  /** Makes a client of InfluxDB 2.x that keeps one connection. */
  static getClient(settings: Influx2Settings): InfluxDB {
    return createInflux2Client(settings);
  }
}
