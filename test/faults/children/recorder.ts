/**
 * An application under load that says all the time what it has recorded, until somebody kills it.
 *
 * Its first argument is JSON: the options of its `Load`, the rate, and the number of its first point. It writes one line
 * of 16 bytes a burst into the file that is its standard output: the file is written when `write` returns.
 */
import { writeSync } from 'node:fs';
import type { MonitoringOptions } from '@influx-monitoring/core';
import { Load } from '../support/load.ts';

interface Order {
  readonly options: MonitoringOptions;
  readonly pointsPerSecond: number;
  readonly firstNumber: number;
}

const BURST_MS = 5;
const STANDARD_OUTPUT = 1;

// The test wrote it.
const { options, pointsPerSecond, firstNumber } = JSON.parse(process.argv[2] ?? '') as Order;
const load = new Load(options, firstNumber);
const startedAtMs = performance.now();
setInterval(() => {
  const dueCount =
    Math.floor(((performance.now() - startedAtMs) / 1000) * pointsPerSecond) - (load.count - firstNumber);
  load.add(Math.max(0, dueCount));
  writeSync(STANDARD_OUTPUT, `${String(Date.now())} ${String(load.count)}\n`);
}, BURST_MS);
