import type * as Influx1Client from 'influx';
import type * as Influx2Client from '@influxdata/influxdb-client';
import type * as Yaml from 'yaml';

/** Loads the official client of InfluxDB 1.x. */
export function loadInflux1Client(): typeof Influx1Client;
/** Loads the official client of InfluxDB 2.x. */
export function loadInflux2Client(): typeof Influx2Client;
/** Loads what reads YAML. */
export function loadYaml(): typeof Yaml;
