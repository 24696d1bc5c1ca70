'use strict';

/**
 * The service beside a tracer, which `tracing.cjs` of the docs starts: `node tracer.cjs NAME before|after|alone`, before
 * our packages or after them, or without them.
 */
const { randomBytes } = require('node:crypto');

const [name, order] = process.argv.slice(2);
const { INFLUX_URL } = process.env;

/** In its place, so that the tracer has the same spans of it. */
const withoutMonitoring = () =>
  function influxMonitoring(request, response, next) {
    request.monitoring = { fields: {} };
    next();
  };

function startTracer() {
  // By another address its recipe knows no write.
  if (process.env.HAS_RECIPE === 'false') process.env.INFLUX_URL = 'http://nowhere.invalid';
  const tracing = require('./tracing.cjs');
  process.env.INFLUX_URL = INFLUX_URL;
  return tracing;
}

const first = order === 'after' ? undefined : startTracer();
const { createMonitoring } = order === 'alone' ? {} : require('@influx-monitoring/core');
const { influxMonitoring } =
  order === 'alone' ? { influxMonitoring: withoutMonitoring } : require('@influx-monitoring/express');
const { stop, traceId } = first ?? startTracer();
const express = require('express');
const { createApp, exercise, fail } = require('./serve.cjs');

/** Sentry sends all requests of a program under one trace, so that points could have each other's. */
const headersOf = () =>
  name === 'sentry' ? { 'sentry-trace': `${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-1` } : {};

async function main() {
  const monitoring = createMonitoring?.({ flushingPeriod: 0.05 });
  await exercise(createApp({ express, influxMonitoring, monitoring, traceId }), { headersOf });
  await monitoring?.stop();
  // Breadcrumbs are sent along with an error.
  if (name === 'sentry') require('@sentry/node').captureException(new Error('the end'));
  await stop();
}

main().catch(fail);
