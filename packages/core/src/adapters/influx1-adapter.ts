import type { InfluxDB } from 'influx';
import { createInflux1Client, Influx1Wire } from '../wires/influx1-wire.ts';
import type { Influx1Settings } from '../wires/settings.ts';
import { BaseMonitoringAdapter, type BaseMonitoringAdapterInit } from './base-adapter.ts';

/** What an adapter for InfluxDB 1.x is made from. */
export interface Influx1MonitoringAdapterInit extends BaseMonitoringAdapterInit {
  readonly settings: Influx1Settings;
}

/** Buffers points and sends them to InfluxDB 1.x. */
export class Influx1MonitoringAdapter extends BaseMonitoringAdapter {
  /** Name of the database. */
  readonly dbName: string;
  readonly client: InfluxDB;

  constructor({ settings, ...init }: Influx1MonitoringAdapterInit) {
    const wire = new Influx1Wire(settings);
    super(wire, init);
    this.client = wire.client;
    this.dbName = settings.dbName;
  }

  /** Makes a client of InfluxDB 1.x that keeps one connection. */
  static getClient(settings: Influx1Settings): InfluxDB {
    return createInflux1Client(settings);
  }
}
