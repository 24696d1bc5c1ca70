import { existsSync, readFileSync } from 'node:fs';
import { Influx1Settings, Influx2Settings } from '@influx-monitoring/core';
import { loadConfiguration } from '@influx-monitoring/core/internal';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const ROOT = new URL('../../', import.meta.url);
const FULL_VERSION = /:\d+\.\d+\.\d+(-[\w.-]+)?$/;

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

// `merge` is what Compose does with `<<`. The tests say whether it is one.
const compose = parse(read('compose.yaml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const dockerfile = read('examples/sender/Dockerfile');

function environmentOf(name: string): Readonly<Record<string, string>> {
  return compose.services[name]?.environment ?? {};
}

describe('compose.yaml', () => {
  it('has InfluxDB 2 and 1.8, Redis, Grafana and the senders', () => {
    expect(Object.keys(compose.services).sort()).toEqual([
      'grafana',
      'influxdb1',
      'influxdb2',
      'redis',
      'sender',
      'sender1',
    ]);
  });

  it.each(services)('pins the version of %s in full', (_name, { image, build }) => {
    if (image === undefined) {
      expect(existsSync(new URL(build?.dockerfile ?? 'none', ROOT))).toBe(true);
      expect(/^FROM (.*)$/m.exec(dockerfile)?.[1]).toMatch(FULL_VERSION);
    } else expect(image).toMatch(FULL_VERSION);
  });

  it.each(services)('mounts into %s what is there', (_name, { volumes = [] }) => {
    for (const volume of volumes) {
      const [source = '', target = ''] = volume.split(':');
      expect(target).toMatch(/^\//);
      if (source.startsWith('.')) expect(existsSync(new URL(source, ROOT)), source).toBe(true);
      else expect(compose.volumes).toHaveProperty(source);
    }
  });

  it.each(services)('knows when %s is healthy, and what it waits for', (_name, { healthcheck, depends_on = {} }) => {
    expect(healthcheck?.test[0]).toBe('CMD');
    for (const [other, { condition }] of Object.entries(depends_on)) {
      expect(compose.services).toHaveProperty(other);
      expect(condition).toBe('service_healthy');
    }
  });

  it('opens ports to this machine alone, each once', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    const hostPorts = ports.map((port) => port.split(':')[1]);
    expect(new Set(hostPorts).size).toBe(hostPorts.length);
  });

  it('makes the sender write to InfluxDB 2, as that is set up', () => {
    const { settings, processPeriodSeconds, selfPeriodSeconds } = loadConfiguration(
      {},
      { environment: environmentOf('sender') },
    );
    const influx = environmentOf('influxdb2');
    expect(settings).toEqual(
      new Influx2Settings({
        host: 'influxdb2',
        port: 8086,
        ssl: false,
        organization: influx['DOCKER_INFLUXDB_INIT_ORG'] ?? '',
        bucket: influx['DOCKER_INFLUXDB_INIT_BUCKET'] ?? '',
        token: influx['DOCKER_INFLUXDB_INIT_ADMIN_TOKEN'] ?? '',
      }),
    );
    expect([processPeriodSeconds, selfPeriodSeconds]).toEqual([10, 10]);
  });

  it('makes the other sender write to InfluxDB 1.8, as that is set up', () => {
    const { settings } = loadConfiguration({}, { environment: environmentOf('sender1') });
    const dbName = environmentOf('influxdb1')['INFLUXDB_DB'] ?? '';
    expect(settings).toEqual(new Influx1Settings({ host: 'influxdb1', port: 8086, ssl: false, dbName }));
  });

  it('sets no variable that the sender does not read', () => {
    const table = read('docs/configuration.md');
    const own = ['PORT', 'REDIS_URL'];
    for (const name of ['sender', 'sender1']) {
      for (const variable of Object.keys(environmentOf(name))) {
        if (!own.includes(variable)) expect(table).toContain(`\`${variable}\``);
      }
    }
  });

  it('gives Grafana all variables of its data sources, as the databases are set up', () => {
    const grafana = environmentOf('grafana');
    const datasources = read('grafana/provisioning/datasources/influxdb.yaml');
    const variables = Array.from(datasources.matchAll(/\$(\w+)/g), ([, variable = '']) => variable);
    expect(variables.length).toBeGreaterThan(4);
    for (const variable of variables) expect(grafana).toHaveProperty(variable);
    const sender = environmentOf('sender');
    for (const variable of ['INFLUX_URL', 'INFLUX_BUCKET', 'INFLUX_TOKEN']) {
      expect(grafana[variable]).toBe(sender[variable]);
    }
    expect(grafana['INFLUX1_URL']).toBe(environmentOf('sender1')['INFLUX_URL']);
    expect(grafana['INFLUX1_DATABASE']).toBe(environmentOf('sender1')['INFLUX_DATABASE']);
  });

  it('puts the dashboards where the provisioning looks for them', () => {
    const provider = read('grafana/provisioning/dashboards/dashboards.yaml');
    const [, folder] = /path: (\S+)/.exec(provider) ?? [];
    expect(compose.services['grafana']?.volumes).toContain(`./grafana/dashboards:${folder ?? ''}:ro`);
  });

  it('starts the sender as it is started elsewhere', () => {
    const [, command = '[]'] = /^CMD (.*)$/m.exec(dockerfile) ?? [];
    // CMD is a JSON array of words.
    const words = JSON.parse(command) as readonly string[];
    expect(words.at(-1)).toBe('examples/sender/src/main.ts');
    expect(existsSync(new URL(words.at(-1) ?? 'none', ROOT))).toBe(true);
    const { scripts } = JSON.parse(read('examples/sender/package.json')) as { scripts: { start: string } };
    expect(scripts.start.split(' ').slice(0, -1)).toEqual(words.slice(0, -1));
  });
});
