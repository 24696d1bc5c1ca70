'use strict';

/** Requests that never see a socket: light-my-request hands them to the application. */
const { createMonitoring } = require('@influx-monitoring/core');
const { influxMonitoring } = require('@influx-monitoring/express');
const express = require('express');
const inject = require('light-my-request');
const { createApp, fail, note, plannedRequests } = require('./serve.cjs');

async function main() {
  const monitoring = createMonitoring();
  const app = createApp({ express, influxMonitoring, monitoring });
  for (const planned of plannedRequests()) {
    const response = await inject(app, { url: planned.path, headers: { 'luna-request-id': planned.id } });
    if (response.statusCode !== planned.status) throw new Error(`${planned.path}: ${response.statusCode}`);
    note(planned);
  }
  await monitoring.stop();
}

main().catch(fail);
