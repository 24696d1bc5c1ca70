import { describe, expect, it } from 'vitest';
import { helpOf, readArguments } from './arguments.ts';
import { CASES } from './cases.ts';

describe('the arguments of test:real', () => {
  it("name no program but Debian's, and every case, where there are none", () => {
    expect(readArguments([], CASES)).toEqual({
      isHelp: false,
      cases: CASES,
      named: [{ version: 1, path: 'influxd' }],
      notNamed: ['influxdb1', 'influxdb2', 'influxdb3'],
    });
  });

  it('name programs by version, and the cases to try', () => {
    const words = ['--influxdb2', process.execPath, '--only', 'kill', '--only', 'demo'];
    const { cases, named, notNamed } = readArguments(words, CASES);
    expect(cases.map(({ name }) => name)).toEqual(['demo', 'kill']);
    expect(named).toEqual([
      { version: 1, path: 'influxd' },
      { version: 2, path: process.execPath },
    ]);
    expect(notNamed).toEqual(['influxdb1', 'influxdb3']);
  });

  it.each([
    [['--influxdb3', '/nowhere/influxdb3'], /^--influxdb3: expected a program, got "\/nowhere\/influxdb3"$/],
    [['--influxdb1', import.meta.filename], /^--influxdb1: expected a program, got /],
    [['--only', 'nothing'], /^--only: expected one of demo, kill, .*, got "nothing"$/],
    [['--influxdb4', 'x'], /--influxdb4/],
  ])('refuses %j', (words, message) => {
    expect(() => readArguments(words, CASES)).toThrow(message);
  });

  it('are told with each case, whose names differ', () => {
    const names = CASES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const words = helpOf(CASES).split(/\s+/).join(' ');
    for (const { name, title } of CASES) expect(words).toContain(` ${name} ${title}`);
  });
});
