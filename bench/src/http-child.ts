/**
 * One Express service with one monitoring, in a process of its own: `http.ts` starts it and tells it when to measure.
 * Requests come through a pair of streams in memory, so that the kernel's noise stays
 * out, or over a real socket.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import type { Express, RequestHandler, Response } from 'express';
import { middlewareOf } from './http-variants.ts';
import { profileOf } from './profile.ts';

/** What the parent asks for: so many requests. */
export interface Order {
  readonly times: number;
  readonly inFlight: number;
  /** Says where the time goes instead of how much it is. */
  readonly isProfiled?: boolean;
}

/** A service and who asks it. */
interface Service {
  readonly server: Server;
  readonly connections: Duplex[];
}

const RESPONSE_END = '"ok":true}';
const ROUTES_PER_ROUTER = 100;

const [variant = '', routeCountText = '1', transport = 'memory'] = process.argv.slice(2);
const routeCount = Number(routeCountText);

// The instrumentation of OpenTelemetry wraps modules while they load: it must come first.
const middleware = await middlewareOf(variant);
const { default: express } = await import('express');

/** Answers that wait until as many requests are in flight as the order wants. */
let waiting: Response[] = [];
let wantedInFlight = 1;

const service = await startService(middleware);

process.on('message', (order: Order) => {
  const answer =
    order.isProfiled === true ? profileOf(order.times, () => measure(service, order)) : measure(service, order);
  void answer.then((measured) => process.send?.(measured));
});
// What is monitored may hold timers and connections: the service ends with who started it.
process.on('disconnect', () => process.exit());
process.send?.('ready');

async function startService(handlers: readonly RequestHandler[]): Promise<Service> {
  const server = createServer(buildApp(handlers) as RequestListener);
  // Connections wait for their turn, longer than a server usually waits.
  server.keepAliveTimeout = 0;
  if (transport === 'socket') await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, connections: [] };
}

function buildApp(handlers: readonly RequestHandler[]): Express {
  const created = express();
  created.disable('x-powered-by').disable('etag');
  for (const handler of handlers) created.use(handler);
  const answer: RequestHandler = (_request, response) => {
    waiting.push(response);
    if (waiting.length < wantedInFlight) return;
    const answers = waiting;
    waiting = [];
    for (const one of answers) one.json({ ok: true });
  };
  for (let first = 0; first < routeCount; first += ROUTES_PER_ROUTER) {
    const router = express.Router();
    for (let index = first; index < Math.min(first + ROUTES_PER_ROUTER, routeCount); index += 1) {
      router.get(`/resource-${String(index)}/:id`, answer);
    }
    created.use(`/group-${String(first / ROUTES_PER_ROUTER)}`, router);
  }
  return created;
}

/** CPU time of a request, in nanoseconds. */
async function measure({ server, connections }: Service, { times, inFlight }: Order): Promise<number> {
  wantedInFlight = inFlight;
  while (connections.length < inFlight) connections.push(await openConnection(server));
  const cpu = process.cpuUsage();
  for (let done = 0; done < times; done += inFlight) {
    await Promise.all(connections.slice(0, inFlight).map((connection, index) => request(connection, done + index)));
  }
  const { user, system } = process.cpuUsage(cpu);
  return ((user + system) * 1000) / times;
}

function request(connection: Duplex, index: number): Promise<void> {
  const route = (index * 7919) % routeCount;
  const path = `/group-${String(Math.floor(route / ROUTES_PER_ROUTER))}/resource-${String(route)}/${String(index)}`;
  return new Promise((resolve) => {
    const onData = (chunk: Buffer): void => {
      if (!chunk.toString('latin1').endsWith(RESPONSE_END)) return;
      connection.off('data', onData);
      resolve();
    };
    connection.on('data', onData);
    connection.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`);
  });
}

async function openConnection(to: Server): Promise<Duplex> {
  if (transport === 'socket') {
    const socket = connect((to.address() as AddressInfo).port, '127.0.0.1').setNoDelay();
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  }
  const [client, peer] = duplexPair();
  to.emit('connection', peer);
  return client;
}
