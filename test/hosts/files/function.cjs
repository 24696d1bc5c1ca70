'use strict';

/** A function as AWS Lambda runs it: one call at a time, frozen in between. A call is the index of a planned request. */
const { createMonitoring } = require('@influx-monitoring/core');
const { influxMonitoring } = require('@influx-monitoring/express');
const express = require('express');
const serverless = require('serverless-http');
const { createApp, note, plannedRequests } = require('./serve.cjs');

const monitoring = createMonitoring();
const handler = serverless(createApp({ express, influxMonitoring, monitoring }));
const requests = plannedRequests();

process.on('message', (index) => {
  void call(requests[index]).then(() => process.send('done'));
});
process.send('ready');

async function call(planned) {
  const answer = await handler(
    { httpMethod: 'GET', path: planned.path, headers: { 'luna-request-id': planned.id }, requestContext: {} },
    {},
  );
  if (answer.statusCode !== planned.status) throw new Error(`${planned.path} was answered with ${answer.statusCode}`);
  // What makes it right: the process may not run again after the answer.
  await monitoring.flush();
  note(planned);
}
