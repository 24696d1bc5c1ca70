import { parseArgs } from 'node:util';
import type { RealCase } from './case.ts';
import { findPrograms, type Programs } from './programs.ts';

export interface RealArguments extends Programs {
  readonly isHelp: boolean;
  readonly cases: readonly RealCase[];
}

export function helpOf(cases: readonly RealCase[]): string {
  const longest = Math.max(...cases.map(({ name }) => name.length));
  return [
    'npm run test:real -- [--influxdb1 PATH] [--influxdb2 PATH] [--influxdb3 PATH] [--only CASE]...',
    '',
    "Tries the library and its command with real InfluxDBs: Debian's 1.6, and each program that is named (influxd of 1.x",
    'and 2.x, influxdb3). Nothing is installed. They run on 127.0.0.1, one after another, in folders of their own; the',
    'full disk is a tmpfs, for which mount needs root or a sudo without a password. Ends with 1 where something is wrong.',
    '',
    ...cases.map(({ name, title, versions }) => {
      const only = versions === undefined ? '' : ` (of ${versions.join(' and ')})`;
      return `  ${name.padEnd(longest)}  ${title}${only}`;
    }),
  ].join('\n');
}

/** @throws Error that names the argument, what was expected and what was found */
export function readArguments(words: readonly string[], all: readonly RealCase[]): RealArguments {
  const { values } = parseArgs({
    args: [...words],
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      influxdb1: { type: 'string' },
      influxdb2: { type: 'string' },
      influxdb3: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
    },
  });
  const { help, only, ...paths } = values;
  const names = all.map(({ name }) => name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--only: expected one of ${names.join(', ')}, got ${JSON.stringify(unknown)}`);
  }
  const cases = only.length === 0 ? all : all.filter(({ name }) => only.includes(name));
  return { isHelp: help, cases, ...findPrograms(paths) };
}
