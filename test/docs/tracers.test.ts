import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMonitoring } from '@influx-monitoring/core';
import { influxMonitoring } from '@influx-monitoring/express';
import express from 'express';
import { afterEach, beforeEach, expect, it } from 'vitest';

const LIMIT = 200;
const FRAMES_A_LAYER = 2;
/** Ours, one that goes on, the route's, and the handler's. */
const LAYERS = 4;

const { stackTraceLimit } = Error;

beforeEach(() => {
  Error.stackTraceLimit = LIMIT;
});

afterEach(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

it('a stack trace has as many frames of ours as docs/tracers.md says, and its limit stays', async () => {
  await using monitoring = createMonitoring({ logger: { info() {}, warn() {}, error() {} } });
  const app = express();
  app.use(influxMonitoring({ monitoring }));
  app.use((_request, _response, next) => {
    next();
  });
  app.get('/', (_request, response) => {
    response.send(new Error('probe').stack);
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this type.
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  // Layers are wrapped during the first one.
  for (let count = 0; count < 2; count += 1) {
    const frames = (await (await fetch(url)).text())
      .split('\n')
      .filter((line) => line.includes('packages/express/src'));
    expect(frames.length).toBeGreaterThan(0);
    expect(frames.length).toBeLessThanOrEqual(FRAMES_A_LAYER * LAYERS);
  }
  expect(Error.stackTraceLimit).toBe(LIMIT);
  server.close();
  server.closeAllConnections();
});
