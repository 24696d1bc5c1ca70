import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import type { DatabaseVersion, RealInflux, RealInfluxOptions } from './servers/real-influx.ts';
import { startRealInflux1 } from './servers/real-influx1.ts';
import { startRealInflux2 } from './servers/real-influx2.ts';
import { startRealInflux3 } from './servers/real-influx3.ts';

/** A program of InfluxDB on this machine. */
export interface Program {
  readonly version: DatabaseVersion;
  /** A name to find along PATH, or a path. */
  readonly path: string;
}

/** Programs to run, and versions that nobody has named one for. */
export interface Programs {
  readonly named: readonly Program[];
  readonly notNamed: readonly string[];
}

const STARTERS = { 1: startRealInflux1, 2: startRealInflux2, 3: startRealInflux3 };

const DEBIANS: Program = { version: 1, path: 'influxd' };

/** Debian's InfluxDB 1.6, and those that the options name. @throws Error where a path leads to no program */
export function findPrograms(paths: Readonly<Record<string, string | undefined>>): Programs {
  const versions: readonly DatabaseVersion[] = [1, 2, 3];
  const named = versions.flatMap((version): Program[] => {
    const path = paths[optionOf(version)];
    return path === undefined ? [] : [{ version, path: executable(optionOf(version), path) }];
  });
  return {
    named: [DEBIANS, ...named],
    notNamed: versions.map(optionOf).filter((option) => paths[option] === undefined),
  };
}

/** For tests that `npm run test:real` runs: the program that it names by version and path, else Debian's. */
export function programOfEnvironment({ REAL_INFLUX: text }: NodeJS.ProcessEnv = process.env): Program {
  if (text === undefined) return DEBIANS;
  const [, version = '', path = ''] = /^([123]) (.+)$/.exec(text) ?? [];
  if (path === '') throw new Error(`REAL_INFLUX: expected a version and a path, got ${JSON.stringify(text)}`);
  // It is one of these three, as was just seen.
  return { version: Number(version) as DatabaseVersion, path };
}

/** What such a test is given. */
export function environmentOf({ path, version }: Program): Readonly<Record<string, string>> {
  return { REAL_INFLUX: `${String(version)} ${path}` };
}

/** Starts a program. */
export function startProgram(
  { path, version }: Program,
  options: Omit<RealInfluxOptions, 'program'> = {},
): Promise<RealInflux> {
  return STARTERS[version]({ ...options, program: path });
}

function optionOf(version: DatabaseVersion): string {
  return `influxdb${String(version)}`;
}

function executable(option: string, path: string): string {
  const absolute = resolve(path);
  try {
    accessSync(absolute, constants.X_OK);
  } catch (error) {
    throw new Error(`--${option}: expected a program, got ${JSON.stringify(path)}`, { cause: error });
  }
  return absolute;
}
