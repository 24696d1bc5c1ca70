/**
 * The whole of the library once, in the packages that it is given: a request, a failed one, a handshake, a message of
 * Redis through each client, a send in answer to it, and the live page. What the embedded store has of it is returned.
 *
 * CommonJS, because each consumer can load that; the consumer loads the packages in its own way.
 */
const { once } = require('node:events');
const { createServer } = require('node:http');

const SERIES = ['errors', 'redis_message', 'requests', 'subscription_error', 'ws_requests'];

/** What `smoke` must return. */
const EXPECTED = [
  'errors GET:/fail 500',
  'redis_message smoke:ioredis',
  'redis_message smoke:redis',
  'requests GET:/fail 500',
  'requests GET:/users/:id 200',
  'requests GET:/ws 101',
  'ws_requests account-1',
];

const quiet = { info: ignore, warn: ignore, error: ignore };

async function smoke({ core, dashboard, express, redis, ws, peers }) {
  const monitoring = core.createMonitoring({ logger: quiet });
  const server = createServer(application({ dashboard, express, peers, monitoring }));
  const sockets = new peers.WebSocketServer({ server, path: '/ws' });
  ws.wrapServer(sockets, { monitoring, accountId: () => 'account-1' });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  try {
    await request(port, '/users/1', 200);
    await request(port, '/fail', 500);
    await request(port, '/monitoring/', 200);
    const client = new peers.WebSocket(`ws://127.0.0.1:${port}/ws`);
    await once(client, 'open');
    await throughNodeRedis({ redis, peers, monitoring }, client, sockets);
    await throughIoredis({ redis, peers, monitoring });
    client.close();
    await once(client, 'close');
    await monitoring.flush();
    return pointsOf(monitoring);
  } finally {
    sockets.close();
    server.close();
    server.closeAllConnections();
    await monitoring.stop();
  }
}

function application({ dashboard, express, peers, monitoring }) {
  const app = peers.express();
  app.use('/monitoring', dashboard.monitoringDashboard({ monitoring }));
  app.use(express.influxMonitoring({ monitoring }));
  app.get('/users/:id', (req, res) => res.json({ id: req.params.id }));
  app.get('/fail', () => {
    throw new Error('meant to fail');
  });
  // Express knows it by its four parameters, and prints the error where there is none of them.
  app.use((_error, _req, res, _next) => res.status(500).end());
  return app;
}

async function request(port, path, expectedStatus) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  await response.text();
  if (response.status !== expectedStatus)
    throw new Error(`GET ${path}: expected ${expectedStatus}, got ${response.status}`);
}

/** A message whose listener hands it to the sockets; ends when the client has it. */
async function throughNodeRedis({ redis, peers, monitoring }, client, sockets) {
  const publisher = peers.createClient({ url: process.env.REDIS_URL });
  const subscriber = redis.instrumentSubscriber(publisher.duplicate(), { monitoring });
  await Promise.all([publisher.connect(), subscriber.connect()]);
  await subscriber.subscribe('smoke:redis', (message) => {
    for (const socket of sockets.clients) socket.send(message);
  });
  const received = once(client, 'message');
  await publisher.publish('smoke:redis', 'hello');
  const [data] = await received;
  if (String(data) !== 'hello') throw new Error(`expected hello, got ${String(data)}`);
  await Promise.all([publisher.disconnect(), subscriber.disconnect()]);
}

async function throughIoredis({ redis, peers, monitoring }) {
  const publisher = new peers.Redis(process.env.REDIS_URL);
  const subscriber = redis.instrumentSubscriber(new peers.Redis(process.env.REDIS_URL), { monitoring });
  await subscriber.subscribe('smoke:ioredis');
  const received = once(subscriber, 'message');
  await publisher.publish('smoke:ioredis', 'hello');
  await received;
  await Promise.all([publisher.quit(), subscriber.quit()]);
}

function pointsOf(monitoring) {
  const rows = SERIES.flatMap((series) => monitoring.adapter.client.points({ series }).map(rowOf));
  return rows.sort();
}

function rowOf({ series, tags }) {
  const words = [series, tags.route ?? tags.chanel ?? tags.account_id ?? tags.error_code, tags.status_code];
  return words.filter((word) => word !== undefined).join(' ');
}

function ignore() {
  // What goes wrong shows in the points.
}

module.exports = { EXPECTED, smoke };
