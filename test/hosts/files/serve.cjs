'use strict';

/**
 * The service that runs in every host: ten requests, one of them to nowhere and one that fails, and a look at the live
 * page. What was sent is noted in a file, one line a request, so that the points can be compared with it.
 */
const { randomUUID } = require('node:crypto');
const { once } = require('node:events');
const { appendFileSync } = require('node:fs');
const http = require('node:http');

const PLAN = [
  ...Array.from({ length: 8 }, (_, index) => ({ path: `/items/${index}`, route: 'GET:/items/:id', status: 200 })),
  { path: '/missing', route: 'GET:unmatched', status: 404 },
  { path: '/fail', route: 'GET:/fail', status: 503 },
];

function createApp({ express, influxMonitoring, monitoring, monitoringDashboard, traceId }) {
  const app = express();
  if (monitoringDashboard !== undefined) app.use('/monitoring', monitoringDashboard({ monitoring }));
  app.use(influxMonitoring({ monitoring }));
  if (traceId !== undefined) {
    // While the request runs: at its end a tracer's context may be gone.
    app.use((request, response, next) => {
      request.monitoring.fields.trace_id = traceId();
      next();
    });
  }
  app.get('/items/:id', (request, response) => response.json({ id: request.params.id }));
  app.get('/fail', (request, response) => response.status(503).json({}));
  return app;
}

/** Notes that a request was answered as planned. */
function note({ id, route, status }) {
  appendFileSync(process.env.SENT_FILE, `${JSON.stringify({ id, route, status })}\n`);
}

/** The requests of the plan, each with an id of its own. */
function plannedRequests() {
  return PLAN.map((planned) => ({ ...planned, id: `1700000000,${randomUUID()}` }));
}

/** Sends the planned requests through a server, and returns once it is closed. */
async function exercise(app, { hasPage = false, headersOf = () => ({}) } = {}) {
  const server = http.createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  for (const planned of plannedRequests()) {
    const { status } = await get(port, planned.path, { 'luna-request-id': planned.id, ...headersOf() });
    if (status !== planned.status) throw new Error(`${planned.path} was answered with ${status}`);
    note(planned);
  }
  if (hasPage) {
    const page = await get(port, '/monitoring/', {});
    if (page.status !== 200 || !page.text.includes('<html')) throw new Error(`the page: ${page.status}`);
  }
  const closed = once(server, 'close');
  server.close();
  await closed;
}

function get(port, path, headers) {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    request.on('error', reject);
  });
}

/** All of it: the service from its start to its end. */
async function serve({ createMonitoring, ...parts }) {
  const monitoring = createMonitoring();
  await exercise(createApp({ ...parts, monitoring }), { hasPage: parts.monitoringDashboard !== undefined });
  await monitoring.stop();
}

function fail(error) {
  console.error(error);
  process.exit(1);
}

module.exports = { createApp, exercise, fail, note, plannedRequests, serve };
