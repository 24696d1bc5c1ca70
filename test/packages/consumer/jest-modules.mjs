import { expect, test } from '@jest/globals';
import * as core from '@influx-monitoring/core';
import * as dashboard from '@influx-monitoring/dashboard';
import * as express from '@influx-monitoring/express';
import * as redis from '@influx-monitoring/redis';
import * as ws from '@influx-monitoring/ws';
import libraries from './libraries.cjs';
import { EXPECTED, smoke } from './smoke.cjs';

test('records in Jest, loaded as ES modules', async () => {
  const { peers } = libraries;
  expect(await smoke({ core, dashboard, express, redis, ws, peers })).toEqual(EXPECTED);
});
