import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host, HostPlace } from './host.ts';
import { runProgram } from './program.ts';
import { REQUESTS_A_SERVICE, Trial } from './trial.ts';

/** Test files, one after the other in one process where the runner can do that. */
const FILE_COUNT = 10;

/** What a test file sees of our hooks once it has run. */
interface Layers {
  readonly calls: number;
  readonly starts: number;
}

const LOAD = `
const { createMonitoring } = require('@influx-monitoring/core');
const { influxMonitoring } = require('@influx-monitoring/express');
const express = require('express');
const { declareSuite } = require('./suite.cjs');
`;
const PARTS = 'createMonitoring, express, influxMonitoring';

/** The same test file for each runner, in its words. */
const TEXTS = {
  jest: `${LOAD}declareSuite({ ${PARTS}, test, after: afterAll });`,
  node: `${LOAD}const { after, test } = require('node:test');\ndeclareSuite({ ${PARTS}, test, after });`,
  vitest: `
import { createMonitoring } from '@influx-monitoring/core';
import { influxMonitoring } from '@influx-monitoring/express';
import express from 'express';
import { afterAll, test } from 'vitest';
import { declareSuite } from './suite.cjs';
declareSuite({ ${PARTS}, test, after: afterAll });`,
};

/** Runners of tests: ten files, each with the service. */
export const TEST_RUNNERS: readonly Host[] = [
  jest('jest-29', '29.7.0'),
  jest('jest-30', '30.5.2'),
  vitest('vitest', ['--isolate'], 'a process for each file'),
  vitest('vitest-without-isolation', ['--no-isolate', '--no-file-parallelism'], 'all files in one process'),
  {
    name: 'node-test',
    title: `node:test of Node ${process.versions.node}`,
    dependencies: {},
    run: (place) => runFiles(place, 'node', 'test.cjs', [process.execPath, '--test'], 'a process for each file'),
  },
];

function jest(name: string, version: string): Host {
  const command = [process.execPath, 'node_modules/jest/bin/jest.js', '--ci', '--runInBand', '--testRegex'] as const;
  return {
    name,
    title: `Jest ${version}`,
    dependencies: { jest: version },
    run: (place) => runFiles(place, 'jest', 'suite-[0-9]+.cjs', [...command, 'suite-[0-9]+[.]cjs'], 'in band'),
  };
}

function vitest(name: string, options: readonly string[], text: string): Host {
  const version = '4.1.12';
  const command = [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--dir=.', ...options] as const;
  return {
    name,
    title: `Vitest ${version}`,
    dependencies: { vitest: version },
    run: (place) => runFiles(place, 'vitest', 'test.mjs', command, text),
  };
}

async function runFiles(
  { folder }: HostPlace,
  runner: keyof typeof TEXTS,
  ending: string,
  command: readonly [string, ...string[]],
  how: string,
): Promise<string> {
  const files = Array.from({ length: FILE_COUNT }, (_, index) =>
    runner === 'jest' ? `suite-${String(index)}.cjs` : `suite-${String(index)}.${ending}`,
  );
  for (const file of files) writeFileSync(join(folder, file), TEXTS[runner]);
  await using trial = await Trial.start();
  const layersFile = join(trial.folder, 'layers');
  const named = runner === 'node' ? files : [];
  await runProgram([...command, ...named], { cwd: folder, env: { ...trial.env, LAYERS_FILE: layersFile } });
  trial.check(FILE_COUNT * REQUESTS_A_SERVICE);
  checkLayers(readFileSync(layersFile, 'utf8'));
  return `${String(FILE_COUNT)} files, ${how}; one layer of each hook after the last`;
}

function checkLayers(text: string): void {
  // The suite itself wrote the file.
  const [first, ...later] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Layers);
  if (first === undefined || later.length !== FILE_COUNT - 1) throw new Error(`layers were noted so:\n${text}`);
  const isSame = later.every(({ calls, starts }) => calls === first.calls && starts === first.starts);
  if (!isSame) throw new Error(`the hooks have more layers from file to file:\n${text}`);
  if (first.starts > 1) throw new Error(`${String(first.starts)} listen for the start of requests`);
}
