import { Agent } from 'node:http';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  Influx1Settings,
  Influx2Settings,
  Influx3Settings,
  MonitoringError,
  type MonitoringOptions,
} from '@influx-monitoring/core';
import { loadConfiguration, type ResolvedConfiguration } from '@influx-monitoring/core/internal';

const root = mkdtempSync(join(tmpdir(), 'influx-monitoring-config-'));
let folder = root;
let count = 0;

beforeEach(() => {
  count += 1;
  folder = join(root, String(count));
  mkdirSync(folder);
});

afterAll(() => {
  rmSync(root, { recursive: true });
});

function file(name: string, content: string | object): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function load(options: MonitoringOptions = {}, environment: Record<string, string> = {}): ResolvedConfiguration {
  return loadConfiguration(options, { environment, folder });
}

function errorOf(act: () => unknown): MonitoringError {
  try {
    act();
  } catch (error) {
    if (error instanceof MonitoringError) return error;
    throw error;
  }
  throw new Error('expected an error');
}

const VERSION_2 = { INFLUX_TOKEN: 'secret-token', INFLUX_ORG: 'luna', INFLUX_BUCKET: 'luna_monitoring' };

describe('without any configuration', () => {
  it('the defaults of the source apply and the points stay in memory', () => {
    expect(load()).toMatchObject({
      enabled: true,
      flushingPeriod: 1,
      service: 'luna-sender',
      lane: undefined,
      maxMessageAgeSeconds: 60,
      maxTagValues: undefined,
      settings: undefined,
    });
    expect(load().sources.size).toBe(0);
  });

  it('empty variables are none, as Compose files write them', () => {
    expect(load({}, { INFLUX_TOKEN: '', INFLUX_HOST: ' ', MONITORING_CONFIG: '', INFLUX_PORT: '' }).settings).toBe(
      undefined,
    );
  });
});

describe('the environment', () => {
  it('leads to InfluxDB 2.x at localhost:8086 with its token alone', () => {
    const { settings } = load({}, VERSION_2);
    expect(settings).toBeInstanceOf(Influx2Settings);
    expect(settings).toMatchObject({
      host: 'localhost',
      port: 8086,
      ssl: false,
      token: 'secret-token',
      organization: 'luna',
      bucket: 'luna_monitoring',
    });
  });

  it('leads to InfluxDB 1.x with a database', () => {
    const environment = {
      INFLUX_DATABASE: 'db',
      INFLUX_USERNAME: 'u',
      INFLUX_PASSWORD: 'p',
      INFLUX_HOST: 'influx',
      INFLUX_PORT: '1234',
      INFLUX_SSL: 'true',
    };
    const { settings } = load({}, environment);
    expect(settings).toBeInstanceOf(Influx1Settings);
    expect(settings).toMatchObject({
      dbName: 'db',
      username: 'u',
      password: 'p',
      host: 'influx',
      port: 1234,
      ssl: true,
    });
  });

  it('leads to InfluxDB 3 without an organization', () => {
    const { settings } = load({}, { INFLUX_VERSION: '3', INFLUX_TOKEN: 't', INFLUX_BUCKET: 'b' });
    expect(settings).toBeInstanceOf(Influx2Settings);
    expect(settings).toMatchObject({ organization: '', bucket: 'b' });
  });

  it.each([
    ['https://influx.example', { host: 'influx.example', port: 443, ssl: true }],
    ['http://influx.example', { host: 'influx.example', port: 80, ssl: false }],
    ['http://127.0.0.1:8086/', { host: '127.0.0.1', port: 8086, ssl: false }],
    ['http://[::1]:8086', { host: '::1', port: 8086, ssl: false }],
    ['https://x:8087/influx/', { host: 'x', port: 8087, ssl: true, path: '/influx', url: 'https://x:8087/influx' }],
    ['http://vm:8480/insert/0/influx', { host: 'vm', path: '/insert/0/influx' }],
  ])('takes the address from INFLUX_URL %s', (url, expected) => {
    expect(load({}, { ...VERSION_2, INFLUX_URL: url }).settings).toMatchObject(expected);
  });

  it('takes a URL from INFLUX_HOST, as the command of InfluxDB has it', () => {
    const expected = { host: 'x', port: 8086, ssl: false, path: '/influx' };
    expect(load({}, { ...VERSION_2, INFLUX_HOST: 'http://x:8086/influx' }).settings).toMatchObject(expected);
  });

  it("passes over a port that is a platform's link, whatever else is configured", () => {
    const link = { INFLUX_PORT: 'tcp://10.96.1.2:8086', INFLUX_SERVICE_HOST: '10.96.1.2' };
    expect(load({}, link).settings).toBe(undefined);
    expect(load({}, { ...VERSION_2, ...link, INFLUX_HOST: 'x' }).settings).toMatchObject({ host: 'x', port: 8086 });
    const url = { ...VERSION_2, ...link, INFLUX_HOST: 'https://x' };
    expect(load({}, url).settings).toMatchObject({ host: 'x', port: 443, ssl: true });
  });

  it('leads to InfluxDB 3 with a database and a token', () => {
    const { settings, version } = load({}, { INFLUX_DATABASE: 'db', INFLUX_TOKEN: 't' });
    expect(version).toBe(3);
    expect(settings).toBeInstanceOf(Influx3Settings);
    expect(settings).toMatchObject({ database: 'db', token: 't', noSync: undefined });
    expect(load({}, { INFLUX_DATABASE: 'db', INFLUX_VERSION: '3' }).settings).toMatchObject({
      database: 'db',
      token: '',
    });
    expect(load({}, { INFLUX_DATABASE: 'db' }).version).toBe(1);
    expect(load({}, { INFLUX_DATABASE: 'db', INFLUX_TOKEN: 't', INFLUX_VERSION: '3' }).version).toBe(3);
  });

  it('sets where points wait', () => {
    const environment = {
      MONITORING_SPOOL_FOLDER: '/var/spool/x',
      MONITORING_DURABILITY: 'wal',
      MONITORING_MAX_MEMORY_MIB: '8',
    };
    const delivery = { spoolFolder: '/var/spool/x', durability: 'wal', maxMemoryBytes: 8 * 1024 * 1024 };
    expect(load({}, environment).delivery).toEqual(delivery);
    file('.influx-monitoringrc.json', { monitoring: { delivery: { spool_folder: 'f', maxSpoolBytes: 1e6 } } });
    expect(load({ delivery: { durability: 'overflow' } }, environment).delivery).toEqual({
      ...delivery,
      durability: 'overflow',
      maxSpoolBytes: 1e6,
    });
  });

  it('sets the files of TLS', () => {
    const ca = file('ca.pem', '');
    const key = file('key.pem', '');
    const environment = { ...VERSION_2, INFLUX_URL: 'https://x', INFLUX_TLS_CA: ca };
    expect(load({}, environment).settings?.tls).toEqual({ caFile: ca });
    file('.influx-monitoringrc.json', { monitoring: { tls: { cert_file: ca, keyFile: key } } });
    expect(load({}, environment).settings?.tls).toEqual({ caFile: ca, certFile: ca, keyFile: key });
  });

  it('sets all that is no database', () => {
    const environment = {
      MONITORING_SERVICE: ' shop ',
      MONITORING_FLUSHING_PERIOD: '0.5',
      MONITORING_ENABLED: 'FALSE',
      MONITORING_LANE: '7',
      MONITORING_MAX_MESSAGE_AGE_SECONDS: '5',
      MONITORING_MAX_TAG_VALUES: '100',
    };
    expect(load({}, environment)).toMatchObject({
      service: 'shop',
      flushingPeriod: 0.5,
      enabled: false,
      lane: 7,
      maxMessageAgeSeconds: 5,
      maxTagValues: 100,
    });
    expect(load({}, { MONITORING_ENABLED: '1' }).enabled).toBe(true);
    expect(load({}, { MONITORING_ENABLED: '0' }).enabled).toBe(false);
  });
});

describe('a configuration file', () => {
  const section = { host: 'filehost', token: 't', organization: 'o', bucket: 'b', flushingPeriod: 3 };
  const yaml = 'monitoring:\n  host: filehost\n  token: t\n  organization: o\n  bucket: b\n  flushingPeriod: 3\n';

  it.each([
    ['.influx-monitoringrc', JSON.stringify({ monitoring: section })],
    ['.influx-monitoringrc', yaml],
    ['.influx-monitoringrc.json', JSON.stringify({ monitoring: section })],
    ['.influx-monitoringrc.yaml', yaml],
    ['.influx-monitoringrc.yml', yaml],
    ['influx-monitoring.config.cjs', `module.exports = ${JSON.stringify({ monitoring: section })};`],
    ['package.json', JSON.stringify({ name: 'x', 'influx-monitoring': { monitoring: section } })],
  ])('is found as %s', (name, content) => {
    file(name, content);
    const { settings, flushingPeriod } = load();
    expect(settings).toMatchObject({ host: 'filehost', token: 't' });
    expect(flushingPeriod).toBe(3);
  });

  it('is found in .config', () => {
    mkdirSync(join(folder, '.config'));
    file('.config/influx-monitoringrc.json', { monitoring: section });
    expect(load().flushingPeriod).toBe(3);
  });

  it.each([
    ['influx-monitoring.config.js', 'module'],
    ['influx-monitoring.config.mjs', 'commonjs'],
    ['.influx-monitoringrc.mjs', 'commonjs'],
    ['.influx-monitoringrc.js', 'module'],
  ])('may be an ES module: %s', (name, type) => {
    file('package.json', { type });
    file(name, `export default { monitoring: ${JSON.stringify(section)} };`);
    expect(load().flushingPeriod).toBe(3);
  });

  it('takes { database, token } for InfluxDB 3, and dbName for 1', () => {
    file('.influx-monitoringrc.json', { monitoring: { database: 'db', token: 't', no_sync: true } });
    expect(load().settings).toMatchObject({ database: 'db', token: 't', noSync: true });
  });

  it('is none where package.json has no key for it', () => {
    file('package.json', { name: 'x', dependencies: { '@influx-monitoring/core': '1' } });
    expect(load().flushingPeriod).toBe(1);
  });

  it('is named by MONITORING_CONFIG', () => {
    const path = file('elsewhere.yaml', yaml);
    file('.influx-monitoringrc.json', { monitoring: { flushingPeriod: 9 } });
    expect(load({}, { MONITORING_CONFIG: path }).flushingPeriod).toBe(3);
  });

  it('may be empty where it is found, as one that says nothing', () => {
    file('.influx-monitoringrc.yaml', '');
    expect(load().flushingPeriod).toBe(1);
  });

  it.each(['monitoring', 'INFLUX_MONITORING', 'LUNA_MONITORING'])('may call the section %s', (name) => {
    file('.influx-monitoringrc.json', { [name]: section });
    expect(load().flushingPeriod).toBe(3);
  });

  it("takes LUNA's spellings", () => {
    file('.influx-monitoringrc.json', {
      LUNA_MONITORING: {
        storage_type: 'influx',
        send_data_for_monitoring: 1,
        use_ssl: 0,
        flushing_period: 2,
        host: 'influx',
        port: 8086,
        organization: 'luna',
        token: 't',
        bucket: 'b',
        version: 2,
        service_name: 'shop',
        max_tag_values: 50,
      },
    });
    expect(load()).toMatchObject({ enabled: true, flushingPeriod: 2, service: 'shop', maxTagValues: 50 });
    expect(load().settings).toMatchObject({ host: 'influx', ssl: false });
  });

  it("takes LUNA's spellings of InfluxDB 1.x, and leaves out null", () => {
    file('.influx-monitoringrc.json', {
      monitoring: { db_name: 'db', user_name: 'u', password: 'p', host: null, send_data_for_monitoring: 0 },
    });
    expect(load().enabled).toBe(false);
    expect(load().settings).toMatchObject({ dbName: 'db', username: 'u', password: 'p', host: 'localhost' });
  });
});

describe('what is strongest', () => {
  it('is code, then the environment, then the file, then the default, each value by itself', () => {
    file('.influx-monitoringrc.json', {
      monitoring: { service: 'file', flushingPeriod: 3, lane: 3, token: 'file', bucket: 'file', organization: 'file' },
    });
    const environment = {
      MONITORING_SERVICE: 'environment',
      MONITORING_FLUSHING_PERIOD: '2',
      INFLUX_BUCKET: 'environment',
    };
    // Only JavaScript can leave out the organization.
    const options = { service: 'code', credentials: { token: 'code', bucket: 'code' } } as unknown as MonitoringOptions;
    expect(load(options, environment)).toMatchObject({ service: 'code', flushingPeriod: 2, lane: 3 });
    expect(load(options, environment).settings).toMatchObject({ token: 'code', bucket: 'code', organization: 'file' });
    const { sources } = load(options, environment);
    expect(sources.get('service')).toBe('createMonitoring: option "service"');
    expect(sources.get('flushingPeriod')).toBe('MONITORING_FLUSHING_PERIOD in the environment');
    expect(sources.get('lane')).toBe(`"lane" in ${join(folder, '.influx-monitoringrc.json')}`);
    expect(sources.has('host')).toBe(false);
  });

  it('a URL beats host and port of a weaker source, and is beaten by those of a stronger one', () => {
    const environment = { ...VERSION_2, INFLUX_HOST: 'weak', INFLUX_PORT: '1' };
    expect(load({ url: 'https://strong:2' }, environment).settings).toMatchObject({
      host: 'strong',
      port: 2,
      ssl: true,
    });
    const url = { ...VERSION_2, INFLUX_URL: 'https://weak:1' };
    expect(load({ host: 'strong' }, url).settings).toMatchObject({ host: 'strong', port: 1, ssl: true });
  });

  it('credentials in code choose the version against weaker ones of another', () => {
    expect(load({ credentials: { dbName: 'db' } }, VERSION_2).settings).toBeInstanceOf(Influx1Settings);
    file('.influx-monitoringrc.json', { monitoring: { db_name: 'db', user_name: 'u', password: 'p' } });
    expect(load({}, VERSION_2).settings).toBeInstanceOf(Influx2Settings);
    expect(load({ version: 1 }, VERSION_2).settings).toBeInstanceOf(Influx1Settings);
  });

  it('a path belongs to its host', () => {
    const url = { ...VERSION_2, INFLUX_URL: 'http://x/influx' };
    expect(load({ host: 'y' }, url).settings?.path).toBe('');
    expect(load({ url: 'http://y' }, url).settings?.path).toBe('');
    expect(load({ port: 1 }, url).settings?.path).toBe('/influx');
  });

  it('the embedded store in code, whatever else is configured', () => {
    expect(load({ store: 'memory' }, VERSION_2).settings).toBe(undefined);
  });

  it("credentials of 3 in code, its own or those of 2, with what a server of one's own needs", () => {
    const agent = new Agent();
    const { settings } = load({ credentials: { database: 'db', token: 't' }, agent });
    expect(settings).toBeInstanceOf(Influx3Settings);
    expect(settings).toMatchObject({ database: 'db', agent });
    expect(load({ version: 3, credentials: { database: 'db' } }).settings).toMatchObject({ token: '' });
    expect(load({ version: 3, credentials: { bucket: 'b', token: 't' } }).settings).toMatchObject({ database: 'b' });
    agent.destroy();
  });

  it.each(['t\n', 't\r\n', ' t'])('a token without the line end of the file it was read from: %j', (token) => {
    expect(load({ credentials: { organization: 'o', bucket: 'b', token } }).settings).toMatchObject({ token: 't' });
    file('.influx-monitoringrc.json', { monitoring: { organization: 'o', bucket: 'b', token } });
    expect(load().settings).toMatchObject({ token: 't' });
  });

  it.each(['influx', 'my_host', '10.0.0.1', '::1', '2001:db8::1', 'bücher.example', 'a-b.c'])(
    'takes the host %s',
    (host) => {
      expect(load({}, { ...VERSION_2, INFLUX_HOST: host }).settings).toMatchObject({ host });
    },
  );

  it.each([
    ['db:8086', 'http://db:8086'],
    ['127.0.0.1:8086', 'http://127.0.0.1:8086'],
    ['"influx"', 'http://influx:8086'],
    ["'influx'", 'http://influx:8086'],
    ['influx/prefix', 'http://influx:8086/prefix'],
    ['a\\b', 'http://ab:8086'],
    ['[::1]:8086', 'http://[::1]:8086'],
  ])('refuses the host %s with the URL to write', (host, url) => {
    expect(errorOf(() => load({}, { ...VERSION_2, INFLUX_HOST: host })).message).toBe(
      'INFLUX_HOST in the environment: expected a host name or address without scheme, port or path; ' +
        `write the URL ${url}, got the string ${JSON.stringify(host)}`,
    );
    expect(errorOf(() => load({ host })).message).toContain(`write the URL ${url}`);
    file('.influx-monitoringrc.json', { monitoring: { host } });
    expect(errorOf(() => load()).message).toContain(`write the URL ${url}`);
  });

  it('may say undefined and so nothing', () => {
    expect(load({ service: undefined, url: undefined, credentials: undefined }).service).toBe('luna-sender');
  });
});

describe('an error at start', () => {
  const path = (): string => join(folder, '.influx-monitoringrc.json');
  const unusable = (options: unknown): MonitoringOptions => options as MonitoringOptions; // what JavaScript may pass

  it.each<[string, unknown, Record<string, string>, string, string]>([
    [
      'an unknown option',
      { flushPeriod: 1 },
      {},
      'ERR_OPTION_UNKNOWN',
      'createMonitoring: unknown option "flushPeriod"; expected one of agent, aggregate, credentials, delivery, enabled, ' +
        'flushingPeriod, host, lane, logger, maxMessageAgeSeconds, maxTagValues, noSync, port, processPeriodSeconds, selfPeriodSeconds, service, ' +
        'ssl, store, tagBuckets, tls, url, version',
    ],
    [
      'an unknown credential',
      { credentials: { databse: 'x' } },
      {},
      'ERR_OPTION_UNKNOWN',
      'createMonitoring: unknown credential the string "databse"; expected one of bucket, database, dbName, organization, password, token, username',
    ],
    ['no object', 7, {}, 'ERR_OPTION_TYPE', 'createMonitoring: expected an object of options, got the number 7'],
    ['an array', [], {}, 'ERR_OPTION_TYPE', 'createMonitoring: expected an object of options, got an array'],
    ['null', null, {}, 'ERR_OPTION_TYPE', 'createMonitoring: expected an object of options, got null'],
    [
      'credentials of a wrong type',
      { credentials: 'secret' },
      {},
      'ERR_OPTION_TYPE',
      'createMonitoring: expected "credentials" to be an object, got a string (not shown)',
    ],
    [
      'a port that is none',
      { port: 0 },
      {},
      'ERR_OPTION_TYPE',
      'createMonitoring: expected "port" to be a whole number from 1 to 65535, got the number 0',
    ],
    [
      'a port of a wrong type',
      { port: '8086' },
      {},
      'ERR_OPTION_TYPE',
      'createMonitoring: expected "port" to be a whole number from 1 to 65535, got the string "8086"',
    ],
    [
      'a host with a scheme',
      { host: 'http://x' },
      {},
      'ERR_OPTION_TYPE',
      'createMonitoring: expected "host" to be a host name or address without scheme, port or path, got the string "http://x"',
    ],
    [
      'a version that is none',
      { version: 4 },
      {},
      'ERR_OPTION_TYPE',
      'createMonitoring: expected "version" to be one of 1, 2, 3, got the number 4',
    ],
    [
      'a period out of bounds',
      { flushingPeriod: 0 },
      {},
      'ERR_OPTION_TYPE',
      'createMonitoring: expected "flushingPeriod" to be a number of seconds from 0.01 to 3600, got the number 0',
    ],
    [
      'NaN',
      { flushingPeriod: NaN },
      {},
      'ERR_OPTION_TYPE',
      'createMonitoring: expected "flushingPeriod" to be a number of seconds from 0.01 to 3600, got the number NaN',
    ],
    [
      'a lane out of bounds',
      { lane: 1000 },
      {},
      'ERR_OPTION_TYPE',
      'createMonitoring: expected "lane" to be a whole number from 0 to 999, got the number 1000',
    ],
    [
      'a logger without methods',
      { logger: { info: 1 } },
      {},
      'ERR_OPTION_TYPE',
      'createMonitoring: expected "logger" to be a logger with the methods info, warn and error, got an object',
    ],
    [
      'an empty service',
      { service: '' },
      {},
      'ERR_OPTION_TYPE',
      'createMonitoring: expected "service" to be a string that is not empty, got the string ""',
    ],
    [
      'a switch that is none',
      { enabled: 'yes' },
      {},
      'ERR_OPTION_TYPE',
      'createMonitoring: expected "enabled" to be true or false, got the string "yes"',
    ],
    [
      'a token of a wrong type',
      { credentials: { token: 12345 } },
      {},
      'ERR_OPTION_TYPE',
      'createMonitoring: option "credentials.token": expected a string that is not empty, got a number (not shown)',
    ],
    [
      'a variable that is no number',
      {},
      { INFLUX_PORT: '80 86' },
      'ERR_OPTION_TYPE',
      'INFLUX_PORT in the environment: expected a whole number from 1 to 65535, got the string "80 86"',
    ],
    [
      'a variable that is no switch',
      {},
      { MONITORING_ENABLED: 'on' },
      'ERR_OPTION_TYPE',
      'MONITORING_ENABLED in the environment: expected true or false, got the string "on"',
    ],
    [
      'a version in the environment that is none',
      {},
      { INFLUX_VERSION: '1.8' },
      'ERR_OPTION_TYPE',
      'INFLUX_VERSION in the environment: expected one of 1, 2, 3, got the number 1.8',
    ],
    [
      'a URL that is none',
      {},
      { INFLUX_URL: 'user:pass word@x' },
      'ERR_OPTION_TYPE',
      'INFLUX_URL in the environment: expected an address as in http://localhost:8086, got the scheme "user:"',
    ],
    [
      'a URL without a scheme',
      {},
      { INFLUX_URL: '//secret' },
      'ERR_OPTION_TYPE',
      'INFLUX_URL in the environment: expected an address as in http://localhost:8086, got a string that is no URL (not shown)',
    ],
    [
      'a URL with credentials',
      {},
      { INFLUX_URL: 'http://user:secret@x' },
      'ERR_OPTION_TYPE',
      'INFLUX_URL in the environment: expected an address as in http://localhost:8086, got one with credentials (not shown): give them apart',
    ],
    [
      'a URL with a query',
      {},
      { INFLUX_URL: 'http://x/influx?token=secret' },
      'ERR_OPTION_TYPE',
      'INFLUX_URL in the environment: expected an address as in http://localhost:8086, got one with a query or a fragment',
    ],
    [
      'a URL whose host is no name',
      {},
      { INFLUX_URL: 'http://a_b$c/' },
      'ERR_OPTION_TYPE',
      'INFLUX_URL in the environment: expected an address as in http://localhost:8086, got one whose host is no name or address',
    ],
    [
      'a URL with port 0',
      {},
      { INFLUX_URL: 'http://x:0' },
      'ERR_OPTION_TYPE',
      'INFLUX_URL in the environment: expected an address as in http://localhost:8086, got one with the port 0',
    ],
    [
      'a database of 1 and of 3 in code',
      { credentials: { dbName: 'a', database: 'b' } },
      {},
      'ERR_OPTION_CONFLICT',
      'createMonitoring: option "credentials.database": expected it once, got createMonitoring: option "credentials.dbName" too',
    ],
    [
      'a database of 3 and a bucket of one source',
      {},
      { ...VERSION_2, INFLUX_VERSION: '3', INFLUX_DATABASE: 'points' },
      'ERR_OPTION_CONFLICT',
      'INFLUX_BUCKET in the environment: expected only INFLUX_DATABASE in the environment, got both',
    ],
    [
      'a URL and another port',
      {},
      { INFLUX_URL: 'http://x:1', INFLUX_PORT: '2' },
      'ERR_OPTION_CONFLICT',
      'INFLUX_PORT in the environment: expected the number 1 as INFLUX_URL in the environment has it, or only one of the two; got the number 2',
    ],
    [
      'an address without credentials',
      {},
      { INFLUX_HOST: 'x' },
      'ERR_OPTION_MISSING',
      'INFLUX_TOKEN (or "credentials.token" in code, "token" in the file): expected credentials, since INFLUX_HOST in the environment is set, ' +
        'got nothing; without any address and credentials the points would stay in memory',
    ],
    [
      'a token without a bucket',
      {},
      { INFLUX_TOKEN: 'secret', INFLUX_ORG: 'o' },
      'ERR_OPTION_MISSING',
      'INFLUX_BUCKET (or "credentials.bucket" in code, "bucket" in the file): expected a string that is not empty, since INFLUX_TOKEN in the ' +
        'environment is set, got nothing; without any address and credentials the points would stay in memory',
    ],
    [
      'a bucket without a token',
      { credentials: { bucket: 'b' } },
      { INFLUX_VERSION: '3' },
      'ERR_OPTION_MISSING',
      'INFLUX_TOKEN (or "credentials.token" in code, "token" in the file): expected a string that is not empty, since INFLUX_VERSION in the ' +
        'environment is set, got nothing; without any address and credentials the points would stay in memory',
    ],
    [
      'version 2 without an organization',
      { credentials: { bucket: 'b', token: 'secret' } },
      {},
      'ERR_OPTION_MISSING',
      'INFLUX_ORG (or "credentials.organization" in code, "organization" in the file): expected a string that is not empty, since createMonitoring: ' +
        'option "credentials.token" is set, got nothing; without any address and credentials the points would stay in memory',
    ],
    [
      'a password without a user',
      { credentials: { dbName: 'd', password: 'secret' } },
      {},
      'ERR_OPTION_MISSING',
      'INFLUX_USERNAME (or "credentials.username" in code, "username" in the file): expected a string that is not empty, since createMonitoring: ' +
        'option "credentials.dbName" is set, got nothing; without any address and credentials the points would stay in memory',
    ],
    [
      'a user without a database',
      { credentials: { username: 'u' } },
      {},
      'ERR_OPTION_MISSING',
      'INFLUX_DATABASE (or "credentials.dbName" in code, "dbName" in the file): expected a string that is not empty, since createMonitoring: ' +
        'option "credentials.username" is set, got nothing; without any address and credentials the points would stay in memory',
    ],
    [
      'credentials of two versions',
      { credentials: { dbName: 'd', token: 'secret' } },
      {},
      'ERR_OPTION_CONFLICT',
      'createMonitoring: option "credentials.dbName" is for InfluxDB 1.x and createMonitoring: option "credentials.token" ' +
        'for 2.x: expected credentials of one version, or INFLUX_VERSION (or "version" in code or in the file) to choose, got both',
    ],
    [
      'a token with version 1',
      { version: 1, credentials: { dbName: 'd', token: 'secret' } },
      {},
      'ERR_OPTION_CONFLICT',
      'createMonitoring: option "credentials.token": expected none with version 1 of InfluxDB (createMonitoring: option ' +
        '"version"), got a value',
    ],
    [
      'a host with credentials',
      {},
      { INFLUX_HOST: 'user:secret@x' },
      'ERR_OPTION_TYPE',
      'INFLUX_HOST in the environment: expected a host name or address without scheme, port or path, got a string (not shown)',
    ],
    [
      'a URL without its scheme',
      {},
      { INFLUX_URL: 'influx:8086' },
      'ERR_OPTION_TYPE',
      'INFLUX_URL in the environment: expected an address as in http://localhost:8086, got the scheme "influx:"; write http://influx:8086',
    ],
    [
      'a host that is a URL beside a URL',
      {},
      { INFLUX_HOST: 'http://x', INFLUX_URL: 'http://x' },
      'ERR_OPTION_CONFLICT',
      'INFLUX_HOST in the environment: expected a host name or address beside INFLUX_URL, got a URL; set only one of the two',
    ],
    [
      'a host that is a URL beside a port',
      {},
      { INFLUX_HOST: 'http://x:1', INFLUX_PORT: '1' },
      'ERR_OPTION_CONFLICT',
      'INFLUX_HOST in the environment: expected a host name or address beside INFLUX_PORT, got a URL; set only one of the two',
    ],
    [
      'a host that is a URL beside TLS',
      {},
      { INFLUX_HOST: 'https://x', INFLUX_SSL: 'true' },
      'ERR_OPTION_CONFLICT',
      'INFLUX_HOST in the environment: expected a host name or address beside INFLUX_SSL, got a URL; set only one of the two',
    ],
    [
      'a token in two lines',
      { credentials: { organization: 'o', bucket: 'b', token: 'sec\nret' } },
      {},
      'ERR_OPTION_TYPE',
      'createMonitoring: option "credentials.token": expected a string that is not empty, without control characters, got a string (not shown)',
    ],
    [
      'a store beside an address',
      { store: 'memory', host: 'x' },
      {},
      'ERR_OPTION_CONFLICT',
      'createMonitoring: option "store": expected nothing of a database beside "memory", got "host"',
    ],
    [
      'files of TLS for http',
      {},
      { INFLUX_TOKEN: 'secret', INFLUX_ORG: 'o', INFLUX_BUCKET: 'b', INFLUX_TLS_CA: import.meta.filename },
      'ERR_OPTION_CONFLICT',
      'INFLUX_TLS_CA in the environment: expected an address of https beside it (INFLUX_URL (or "url" in code or in the file)), got one of http',
    ],
    [
      'a file of TLS that is missing',
      {},
      { INFLUX_TLS_CA: '/nowhere' },
      'ERR_OPTION_TYPE',
      'INFLUX_TLS_CA in the environment: expected the path of a file that is there, got the string "/nowhere"',
    ],
    [
      'a certificate without its key',
      {},
      { INFLUX_TOKEN: 'secret', INFLUX_URL: 'https://x', INFLUX_TLS_CERT: import.meta.filename },
      'ERR_OPTION_MISSING',
      'INFLUX_TLS_KEY (or "tls.keyFile" in code or in the file): expected a file, since INFLUX_TLS_CERT in the environment is set, got nothing',
    ],
    [
      'a durability that needs a folder',
      {},
      { MONITORING_DURABILITY: 'wal' },
      'ERR_OPTION_MISSING',
      'MONITORING_SPOOL_FOLDER (or "delivery.spoolFolder" in code or in the file): expected a folder, since ' +
        'MONITORING_DURABILITY in the environment is set, got nothing',
    ],
    [
      'too little memory',
      {},
      { MONITORING_MAX_MEMORY_MIB: '0.01' },
      'ERR_OPTION_TYPE',
      'MONITORING_MAX_MEMORY_MIB in the environment: expected a whole number of bytes from 65536 to 68719476736, got the number 10486',
    ],
    [
      'an unknown option of TLS',
      { tls: { ca: 'x' } },
      {},
      'ERR_OPTION_UNKNOWN',
      'createMonitoring: unknown option "tls.ca"; expected one of caFile, certFile, keyFile',
    ],
    [
      'a database with its own credentials and version 1',
      { version: 1, credentials: { database: 'd' } },
      {},
      'ERR_OPTION_CONFLICT',
      'createMonitoring: option "credentials.database": expected none with version 1 of InfluxDB (createMonitoring: option ' +
        '"version"), got a value',
    ],
    [
      'a user with version 3',
      { version: 3, credentials: { database: 'd', username: 'u' } },
      {},
      'ERR_OPTION_CONFLICT',
      'createMonitoring: option "credentials.username": expected none with version 3 of InfluxDB (createMonitoring: option ' +
        '"version"), got a value',
    ],
    [
      'a database and a bucket with version 3',
      { version: 3, credentials: { database: 'd', bucket: 'b', token: 'secret' } },
      {},
      'ERR_OPTION_CONFLICT',
      'createMonitoring: option "credentials.bucket": expected only createMonitoring: option "credentials.database", got both',
    ],
    [
      'no waiting for the log with version 2',
      { noSync: true, credentials: { organization: 'o', bucket: 'b', token: 'secret' } },
      {},
      'ERR_OPTION_CONFLICT',
      'createMonitoring: option "noSync": expected none with version 2 of InfluxDB (createMonitoring: option ' +
        '"credentials.token"), got a value',
    ],
    [
      'a database with version 2',
      { version: 2, credentials: { bucket: 'b', dbName: 'd' } },
      {},
      'ERR_OPTION_CONFLICT',
      'createMonitoring: option "credentials.dbName": expected none with version 2 of InfluxDB (createMonitoring: option ' +
        '"version"), got a value',
    ],
  ])('names key, expected and found: %s', (_name, options, environment, code, message) => {
    const error = errorOf(() => load(unusable(options), environment));
    expect(error.message).toBe(message);
    expect(error.code).toBe(code);
    expect(error.message).not.toContain('secret"');
  });

  it.each<[string, unknown, string, (file: string) => string]>([
    ['no section', {}, 'ERR_CONFIG_FILE', (name) => `${name}: expected a section "monitoring", got none`],
    ['no sections at all', [1], 'ERR_CONFIG_FILE', (name) => `${name}: expected a section "monitoring", got none`],
    [
      'two sections',
      { monitoring: {}, LUNA_MONITORING: {} },
      'ERR_OPTION_CONFLICT',
      (name) => `${name}: expected one section, got "monitoring" and "LUNA_MONITORING"`,
    ],
    [
      'a section of a wrong type',
      { monitoring: 'x' },
      'ERR_CONFIG_FILE',
      (name) => `"monitoring" in ${name}: expected settings by name, got the string "x"`,
    ],
    [
      'an unknown key',
      { monitoring: { hots: 'x' } },
      'ERR_OPTION_UNKNOWN',
      (name) =>
        `"hots" in ${name}: unknown setting; expected one of aggregate, bucket, dbName, delivery, enabled, flushingPeriod, host, ` +
        'lane, maxMessageAgeSeconds, maxTagValues, noSync, organization, password, port, processPeriodSeconds, selfPeriodSeconds, service, ssl, ' +
        'tls, token, url, username, version',
    ],
    [
      'an unknown key of a group',
      { monitoring: { tls: { ca: 'x' } } },
      'ERR_OPTION_UNKNOWN',
      (name) => `"tls.ca" in ${name}: unknown setting; expected one of caFile, certFile, keyFile`,
    ],
    [
      'a group that is none',
      { monitoring: { delivery: 7 } },
      'ERR_CONFIG_FILE',
      (name) => `"delivery" in ${name}: expected settings by name, got the number 7`,
    ],
    [
      'a key twice',
      { monitoring: { dbName: 'a', db_name: 'b' } },
      'ERR_OPTION_CONFLICT',
      (name) => `"db_name" in ${name}: expected it once, got "dbName" in ${name} too`,
    ],
    [
      'a value of a wrong type',
      { monitoring: { port: '8086' } },
      'ERR_OPTION_TYPE',
      (name) => `"port" in ${name}: expected a whole number from 1 to 65535, got the string "8086"`,
    ],
    [
      'a flag that is none',
      { monitoring: { use_ssl: 2 } },
      'ERR_OPTION_TYPE',
      (name) => `"use_ssl" in ${name}: expected true or false, got the number 2`,
    ],
    [
      'another storage',
      { monitoring: { storage_type: 'clickhouse' } },
      'ERR_OPTION_TYPE',
      (name) => `"storage_type" in ${name}: expected "influx", got the string "clickhouse"`,
    ],
    [
      'a token of a wrong type',
      { monitoring: { token: { secret: 1 } } },
      'ERR_OPTION_TYPE',
      (name) => `"token" in ${name}: expected a string that is not empty, got an object (not shown)`,
    ],
  ])('names key, file, expected and found: %s', (_name, content, code, message) => {
    file('.influx-monitoringrc.json', JSON.stringify(content));
    const error = errorOf(() => load());
    expect(error.message).toBe(message(path()));
    expect(error.code).toBe(code);
  });

  it('is a file that was named and is not there', () => {
    const name = join(folder, 'missing.json');
    const error = errorOf(() => load({}, { MONITORING_CONFIG: name }));
    expect(error.code).toBe('ERR_CONFIG_FILE');
    expect(error.message).toBe(
      `${name}: expected a readable configuration file, got the error "ENOENT: no such file or directory, open '${name}'"`,
    );
  });

  it('is what was named and is no file', () => {
    const name = join(folder, 'folder.yaml');
    mkdirSync(name);
    expect(errorOf(() => load({}, { MONITORING_CONFIG: name })).message).toBe(
      `${name}: expected a readable configuration file, got the error "No file"`,
    );
  });

  it.runIf(process.version.startsWith('v20.'))('is TypeScript, on a Node that does not read it', () => {
    const name = file(`${String(count)}.ts`, 'export default { monitoring: {} as object };');
    expect(errorOf(() => load({}, { MONITORING_CONFIG: name })).message).toBe(
      `${name}: expected a readable configuration file, got one that this version of Node does not read as TypeScript (22.18 and later do)`,
    );
  });

  it('is a file that was named and is empty', () => {
    const name = file('empty.yaml', '');
    expect(errorOf(() => load({}, { MONITORING_CONFIG: name })).message).toBe(
      `${name}: expected a section "monitoring", got none`,
    );
  });

  it.each([
    ['a.json', '{"monitoring": {"token": "SECRET" "bucket": 1}}', 'one that is no JSON'],
    ['a.yaml', 'monitoring:\n  token: "SECRET\n  bucket: [', 'one that is no YAML at 3:12'],
    ['a.cjs', 'module.exports = { monitoring: { token: SECRET SECRET } };', 'one that is no JavaScript'],
    ['a.cjs', 'throw new Error("no\\nway");', 'the error "no"'],
    ['a.mjs', 'await 1; export default {};', 'a module that awaits something before it is loaded'],
    ['a.cjs', "throw 'no way';", 'the string "no way"'],
    ['a.json', '#'.repeat(1024 * 1024 + 1), 'the error "A file of 1048577 bytes"'],
    ['a.toml', 'x=1', 'the error "No loader specified for extension \\".toml\\""'],
  ])('tells what is wrong with a file, and nothing that stands in it: %s', (name, content, got) => {
    const named = file(`${String(count)}-${name}`, content);
    const error = errorOf(() => load({}, { MONITORING_CONFIG: named }));
    expect(error.code).toBe('ERR_CONFIG_FILE');
    expect(error.message).toBe(`${named}: expected a readable configuration file, got ${got}`);
    expect(error.cause).toBeUndefined();
  });
});
