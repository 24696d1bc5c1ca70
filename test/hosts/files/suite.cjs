'use strict';

/** What each test file of a runner does: the service once, and a look at how many layers its hooks have by then. */
const { channel } = require('node:diagnostics_channel');
const { appendFileSync } = require('node:fs');
const http = require('node:http');
const { createApp, exercise } = require('./serve.cjs');

exports.declareSuite = ({ after, createMonitoring, express, influxMonitoring, test }) => {
  test('records its requests', async () => {
    const monitoring = createMonitoring({ logger: { info() {}, warn() {}, error() {} } });
    await exercise(createApp({ express, influxMonitoring, monitoring }));
    await monitoring.stop();
  });
  after(() => {
    appendFileSync(process.env.LAYERS_FILE, `${JSON.stringify(layers())}\n`);
  });
};

/** Calls between emit and a listener, one more for each layer; and who listens for the start of a request. */
function layers() {
  const response = new http.ServerResponse(new http.IncomingMessage(null));
  let calls = 0;
  response.on('probe', () => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 200;
    calls = new Error('probe').stack.split('\n').length;
    Error.stackTraceLimit = stackTraceLimit;
  });
  response.emit('probe');
  return { calls, starts: channel('http.server.request.start')._subscribers?.length ?? 0 };
}
