import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DataForMonitoring, monitorTime, MonitoringError } from '@influx-monitoring/core';

describe('DataForMonitoring', () => {
  it('begins empty, with containers of its own', () => {
    const first = new DataForMonitoring();
    const second = new DataForMonitoring();
    first.tags['a'] = 1;
    first.fields['b'] = 'x';
    expect(Object.keys(second.tags)).toEqual([]);
    expect(Object.keys(second.fields)).toEqual([]);
  });

  it('copies what it is given', () => {
    const tags = { a: 1 };
    const data = new DataForMonitoring({ tags, fields: { b: 2 } });
    data.tags['a'] = 3;
    expect(tags).toEqual({ a: 1 });
    expect({ ...data.fields }).toEqual({ b: 2 });
  });

  it('holds keys of outside text as keys like any other', () => {
    const hostile = JSON.parse('{"__proto__": "polluted", "constructor": "c"}') as Record<string, string>;
    const data = new DataForMonitoring({ tags: hostile });
    data.fields['__proto__'] = 1;
    data.fields['hasOwnProperty'] = 2;
    expect(Object.entries(data.tags)).toEqual([
      ['__proto__', 'polluted'],
      ['constructor', 'c'],
    ]);
    expect(Object.entries(data.fields)).toEqual([
      ['__proto__', 1],
      ['hasOwnProperty', 2],
    ]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect('toString' in data.tags).toBe(false);
  });

  it('lets no object have what another was given, by whichever way', () => {
    const { tags } = new DataForMonitoring();
    const inherited: unknown = Object.getPrototypeOf(tags);
    expect(Reflect.set(inherited as object, 'plan', 'free')).toBe(false);
    expect(Reflect.ownKeys(inherited as object)).toEqual([]);
    expect(Object.getPrototypeOf(inherited)).toBeNull();
    tags['plan'] = 'paid';
    const keys: string[] = [];
    for (const key in new DataForMonitoring({ tags }).tags) keys.push(key);
    expect(keys).toEqual(['plan']);
  });
});

describe('monitorTime', () => {
  let data: DataForMonitoring;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] });
    data = new DataForMonitoring();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('writes the seconds of a block and returns what it returns', () => {
    const result = monitorTime(data, 'load', () => {
      vi.advanceTimersByTime(1250);
      return 'done';
    });
    expect(result).toBe('done');
    expect(data.fields['load']).toBe(1.25);
  });

  it('writes the seconds of a block that throws, and throws the same', () => {
    const error = new Error('no');
    expect(() =>
      monitorTime(data, 'load', () => {
        vi.advanceTimersByTime(10);
        throw error;
      }),
    ).toThrow(error);
    expect(data.fields['load']).toBe(0.01);
  });

  it('writes the seconds until a promise settles', async () => {
    const promise = monitorTime(data, 'load', () => new Promise((resolve) => setTimeout(resolve, 500, 'later')));
    expect(data.fields['load']).toBeUndefined();
    await vi.advanceTimersByTimeAsync(500);
    await expect(promise).resolves.toBe('later');
    expect(data.fields['load']).toBe(0.5);
  });

  it('writes the seconds until a promise rejects, and rejects the same', async () => {
    const error = new Error('no');
    const promise = monitorTime(data, 'load', async () => {
      await Promise.resolve();
      vi.advanceTimersByTime(20);
      throw error;
    });
    await expect(promise).rejects.toBe(error);
    expect(data.fields['load']).toBe(0.02);
  });

  it('leaves a thenable of another maker alone, since a query builder runs each time it is awaited', () => {
    const thenable = { then: vi.fn() };
    expect(monitorTime(data, 'load', () => thenable)).toBe(thenable);
    expect(thenable.then).not.toHaveBeenCalled();
    expect(data.fields['load']).toBe(0);
  });

  it('measures until the end of a block with using', () => {
    {
      using measurement = monitorTime(data, 'load');
      vi.advanceTimersByTime(40);
      expect(measurement).toBeDefined();
    }
    expect(data.fields['load']).toBe(0.04);
  });

  it('writes once where it is ended twice', () => {
    const measurement = monitorTime(data, 'load');
    vi.advanceTimersByTime(5);
    measurement.end();
    vi.advanceTimersByTime(5);
    measurement.end();
    measurement[Symbol.dispose]();
    expect(data.fields['load']).toBe(0.005);
  });

  it('takes any name for the field', () => {
    monitorTime(data, '__proto__', () => undefined);
    expect(Object.keys(data.fields)).toEqual(['__proto__']);
  });
});

it.each([undefined, null, 7, {}])('monitorTime says what it needs, got %s', (data) => {
  // JavaScript may pass anything: where the middleware did not run, `req.monitoring` is undefined.
  const time = (): unknown => Reflect.apply(monitorTime, undefined, [data, 'load_time', () => 1]);
  expect(time).toThrow(
    /^monitorTime: expected req\.monitoring or a DataForMonitoring, got (undefined|null|number|object);/,
  );
  expect(time).toThrow(MonitoringError);
});
