import { describe, expect, it } from 'vitest';
import { createMonitoring } from '@influx-monitoring/core';
import { findDoubtfulVariables, KNOWN_VARIABLES } from '@influx-monitoring/core/internal';

function meantBy(environment: Record<string, string>): Record<string, string | undefined> {
  return Object.fromEntries(findDoubtfulVariables(environment).map(({ name, meant }) => [name, meant]));
}

describe('a variable with which a setting was meant', () => {
  it.each([
    ['MONITORING_SERVCE', 'MONITORING_SERVICE'],
    ['MONITORING_ENABLE', 'MONITORING_ENABLED'],
    ['MONITORING_SERVICE_NAME', 'MONITORING_SERVICE'],
    ['MONITORING_SELF_PERIOD', 'MONITORING_SELF_PERIOD_SECONDS'],
    ['MONITORING_PROCESS_PERIOD_MS', 'MONITORING_PROCESS_PERIOD_SECONDS'],
    ['MONITORING_MAX_MEMORY', 'MONITORING_MAX_MEMORY_MIB'],
    ['MONITORING_MAX_MEMORY_BYTES', 'MONITORING_MAX_MEMORY_MIB'],
    ['MONITORING_FLUSH_PERIOD', 'MONITORING_FLUSHING_PERIOD'],
    ['MONITORING_SPOOL', 'MONITORING_SPOOL_FOLDER'],
    ['MONITORING_SPOOL_DIR', 'MONITORING_SPOOL_FOLDER'],
    ['MONITORING_NAME', 'MONITORING_SERVICE'],
    ['MONITORING_AUTHORIZATION', 'INFLUX_MONITORING_AUTHORIZATION'],
    ['MONITORNG_SERVICE', 'MONITORING_SERVICE'],
    ['INFLUX_DB', 'INFLUX_DATABASE'],
    ['INFLUX_DATABSE', 'INFLUX_DATABASE'],
    ['INFLUX_DATABSAE', 'INFLUX_DATABASE'],
    ['INFLUX_TOKN', 'INFLUX_TOKEN'],
    ['INFLUX_ORGANIZATION', 'INFLUX_ORG'],
    ['INFLUX_ORGS', 'INFLUX_ORG'],
    ['INFLUX_BUCKET_NAME', 'INFLUX_BUCKET'],
    ['INFLUX_USER', 'INFLUX_USERNAME'],
    ['INFLUX_URI', 'INFLUX_URL'],
    ['INFLUX_TLS_CERTS', 'INFLUX_TLS_CERT'],
    ['INFUX_URL', 'INFLUX_URL'],
    ['INFLUXDB_TOKEN', 'INFLUX_TOKEN'],
    ['INFLUXDB_DB', 'INFLUX_DATABASE'],
    ['INFLUXDB3_HOST', 'INFLUX_HOST'],
    ['influx_url', 'INFLUX_URL'],
  ])('%s is told with %s', (name, meant) => {
    expect(meantBy({ [name]: 'secret' })).toEqual({ [name]: meant });
    const [doubtful] = findDoubtfulVariables({ [name]: 'secret' });
    expect(doubtful?.warning).toBe(`${name} is ignored: it is not a setting; did you mean ${meant}?`);
  });

  it('is listed with all names where none is near', () => {
    const [doubtful] = findDoubtfulVariables({ MONITORING_COLOUR: 'red' });
    expect(doubtful?.meant).toBe(undefined);
    expect(doubtful?.warning).toContain('MONITORING_ENABLED, MONITORING_FLUSHING_PERIOD');
  });

  it.each([
    Object.fromEntries(KNOWN_VARIABLES.map((name) => [name, '1'])),
    {
      PATH: '/bin',
      HOME: '/root',
      INFLUX_SKIP_VERIFY: '1',
      INFLUX_DEBUG: '1',
      MONITOR: 'x',
      INFLATION: '2',
      NODE_ENV: 'x',
    },
    // Of the command: see docs/cli.md.
    { INFLUX_MONITORING_AUTHORIZATION: 'Bearer word', INFLUX_ADMIN_TOKEN: 't' },
    // For a service called influx, influx-db or monitoring.
    { INFLUX_SERVICE_HOST: '10.0.0.1', INFLUX_SERVICE_PORT: '80', INFLUX_SERVICE_PORT_HTTP: '80' },
    { INFLUX_PORT_80_TCP: 'tcp://10.0.0.1:80', INFLUX_PORT_80_TCP_ADDR: '10.0.0.1', INFLUX_PORT_80_TCP_PROTO: 'tcp' },
    { INFLUX_DB_PORT: 'tcp://10.0.0.1:80', INFLUX_DB_SERVICE_HOST: '10.0.0.1' },
    { MONITORING_PORT: 'tcp://10.0.0.1:80', MONITORING_SERVICE_HOST: '10.0.0.1', MONITORING_SERVICE_PORT: '80' },
    { MONITORING_PORT_80_TCP_PORT: '80', MONITORING_NAME: '/web/monitoring', MONITORING_ENV_PATH: '/bin' },
    { MONITORING_SERVICE_PORT: 'tcp://10.0.0.1:80', MONITORING_SERVICE_SERVICE_HOST: '10.0.0.1' },
    { MONITORING_SERVCE: ' ' },
    // What InfluxDB's own programs read, beside a setting of ours.
    { INFLUX_BUCKET_NAME: 'b', INFLUX_BUCKET: 'b', INFLUXDB_TOKEN: 't', INFLUX_TOKEN: 't' },
  ])('is none of these', (environment) => {
    expect(meantBy(environment)).toEqual({});
  });

  it('is told of once at start, and what a platform sets as well, without its value', async () => {
    const lines: string[] = [];
    const logger = { info: () => undefined, warn: (line: string) => lines.push(line), error: () => undefined };
    const environment = { MONITORING_SERVCE: 'secret', INFLUX_PORT: 'tcp://10.96.1.2:8086' };
    await createMonitoring({ logger }, { environment, folder: '/nowhere' }).stop();
    expect(lines).toEqual([
      'influx-monitoring: MONITORING_SERVCE is ignored: it is not a setting; did you mean MONITORING_SERVICE? [MON_VARIABLE_IGNORED]',
      'influx-monitoring: INFLUX_PORT is ignored: Kubernetes and Docker set such a value for a service of that name [MON_VARIABLE_IGNORED]',
    ]);
  });
});
