'use strict';

/**
 * The service beside a tracer: `node tracer.cjs opentelemetry|sentry|dd-trace before|after`, the tracer before our
 * packages or after them. It prints what the tracer has of it.
 */
const [name, order] = process.argv.slice(2);
const tracer = require(`./tracer-${name}.cjs`);

if (order === 'before') tracer.start();
const { createMonitoring } = require('@influx-monitoring/core');
const { influxMonitoring } = require('@influx-monitoring/express');
if (order === 'after') tracer.start();
// Their hooks are put on what is loaded after them.
require('node:http');
const express = require('express');
const { createApp, exercise, fail } = require('./serve.cjs');

async function main() {
  const monitoring = createMonitoring({ flushingPeriod: 0.05 });
  const { traceId } = tracer;
  await exercise(createApp({ express, influxMonitoring, monitoring, traceId }));
  await monitoring.stop();
  console.log(`FOUND ${JSON.stringify(await tracer.end())}`);
  process.exit(0);
}

main().catch(fail);
