import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  Influx1MonitoringAdapter,
  Influx1Settings,
  Influx2MonitoringAdapter,
  Influx2Settings,
  LunaRequestInfluxMonitoring,
} from '@influx-monitoring/core';
import { areEqualSettings } from '../../src/wires/settings.ts';

const ADDRESS = { host: 'influx.example', port: 8086, ssl: false };
const PASSWORD = 'hunter2';
const TOKEN = 'secret-token';

const FIRST = { ...ADDRESS, dbName: 'db', username: 'luna', password: PASSWORD };
const SECOND = { ...ADDRESS, organization: 'o', bucket: 'b', token: TOKEN };

const first = new Influx1Settings(FIRST);
const second = new Influx2Settings(SECOND);

/** The ways that end up in a log. */
function printed(value: object): string {
  return [inspect(value, { depth: 10 }), inspect({ nested: [value] }, { depth: 10 }), JSON.stringify(value)].join('\n');
}

describe('settings', () => {
  it('show all but the credential when they are printed', () => {
    expect(printed(first)).not.toContain(PASSWORD);
    expect(printed(second)).not.toContain(TOKEN);
    expect(JSON.parse(JSON.stringify(first))).toEqual({
      dbName: 'db',
      host: 'influx.example',
      port: 8086,
      username: 'luna',
      password: '(not shown)',
      ssl: false,
    });
    expect(JSON.parse(JSON.stringify(second))).toMatchObject({ organization: 'o', bucket: 'b', token: '(not shown)' });
    expect(JSON.stringify(new Influx1Settings({ ...ADDRESS, dbName: 'db' }))).not.toContain('not shown');
  });

  it('have an address as a URL', () => {
    expect(first.url).toBe('http://influx.example:8086');
    expect(new Influx2Settings({ ...SECOND, ssl: true, host: '::1' }).url).toBe('https://[::1]:8086');
    expect(new Influx2Settings({ ...SECOND, host: '[::1]' }).url).toBe('http://[::1]:8086');
  });

  it('are equal where every part is', () => {
    expect(areEqualSettings(first, new Influx1Settings(first))).toBe(true);
    expect(areEqualSettings(second, new Influx2Settings(second))).toBe(true);
    expect(areEqualSettings(undefined, undefined)).toBe(true);
    expect(areEqualSettings(first, undefined)).toBe(false);
    expect(areEqualSettings(first, second)).toBe(false);
    expect(areEqualSettings(first, new Influx1Settings({ ...FIRST, password: 'other' }))).toBe(false);
    expect(areEqualSettings(second, new Influx2Settings({ ...SECOND, port: 1 }))).toBe(false);
  });
});

describe('what is made from settings', () => {
  it.each([
    ['Influx1MonitoringAdapter', () => new Influx1MonitoringAdapter({ settings: first }), PASSWORD],
    ['Influx2MonitoringAdapter', () => new Influx2MonitoringAdapter({ settings: second }), TOKEN],
    [
      'LunaRequestInfluxMonitoring',
      () =>
        new LunaRequestInfluxMonitoring({ ...ADDRESS, credentials: { organization: 'o', bucket: 'b', token: TOKEN } }),
      TOKEN,
    ],
    [
      'LunaRequestInfluxMonitoring of 1.x',
      () =>
        new LunaRequestInfluxMonitoring({
          ...ADDRESS,
          credentials: { dbName: 'd', username: 'u', password: PASSWORD },
        }),
      PASSWORD,
    ],
  ])('does not print a credential: %s', (_name, create, secret) => {
    const made = create();
    expect(inspect(made, { depth: 20 })).not.toContain(secret);
    expect(JSON.stringify(made)).not.toContain(secret);
  });
});
