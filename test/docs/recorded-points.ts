import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  LunaRequestInfluxMonitoring,
  RequestMonitoringPoint,
  SelfPoint,
  SubscribeRedisPoint,
  WSRequestPoint,
  decodeLine,
  monitorProcess,
  type StoredPoint,
} from '@influx-monitoring/core';
import { selfFieldsOf } from '@influx-monitoring/core/internal';
import { influxMonitoring } from '@influx-monitoring/express';
import { instrumentSubscriber } from '@influx-monitoring/redis';
import { StuckSocketPoint, wrapServer } from '@influx-monitoring/ws';
import express from 'express';
import { createClient } from 'redis';
import { WebSocket, WebSocketServer } from 'ws';

const CHANNEL = 'luna-sender:account';
/** It is in everything that clients and publishers send, request ids aside, and in what goes back to them. */
export const SECRET = 'hunter2';

/** It comes by a header, for each request. */
export const REQUEST_ID = 'request-of-a-client';

const MESSAGE = `{"request_id":"${REQUEST_ID}","password":"${SECRET}"}`;
/** The listener throws for this message. */
const BAD_MESSAGE = `bad ${SECRET}`;
const HEADERS = {
  authorization: `Bearer ${SECRET}`,
  cookie: `session=${SECRET}`,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'x-request-id': REQUEST_ID,
};

/** What there is to wait for: each series' points come when their events are over. */
const EXPECTED_COUNTS: Readonly<Record<string, number>> = {
  requests: 5,
  errors: 3,
  ws_requests: 1,
  redis_message: 2,
  subscription_error: 1,
};

/**
 * Records points of every series by a real service, and reads them back from their lines.
 *
 * @param redisUrl - a running Redis
 * @param isAllOn - whether everything that adds a field is switched on, or nothing is
 */
export async function recordPoints(redisUrl: string, isAllOn: boolean): Promise<readonly StoredPoint[]> {
  const monitoring = new LunaRequestInfluxMonitoring();
  const lines = new Lines(monitoring);
  await useWrappers({ isAllOn, lines, monitoring, redisUrl });
  const gauges = { accountId: 'account', bufferedBytes: 1, pendingSends: 1, stalledTime: 0.5 };
  const eventTime = monitoring.now();
  monitoring.addPoints([
    new StuckSocketPoint({ eventTime, ...gauges }),
    new SelfPoint({ eventTime, fields: selfFieldsOf(monitoring.stats()) }),
  ]);
  monitorProcess({ monitoring, periodSeconds: 0.1 });
  // A period in which the loop never turned says nothing of its delay: wait for one that does.
  await lines.reached((points) => points.some(hasEventLoopDelay));
  await monitoring.stop();
  return lines.points;
}

interface Service {
  readonly isAllOn: boolean;
  readonly lines: Lines;
  readonly monitoring: LunaRequestInfluxMonitoring;
  readonly redisUrl: string;
}

async function useWrappers({ isAllOn, lines, monitoring, redisUrl }: Service): Promise<void> {
  const server = createServer(createApplication(isAllOn, monitoring));
  const sockets = new WebSocketServer({ server, path: '/ws' });
  // Every send and handshake is a slow one, so that none is left out.
  const opted = isAllOn ? { gauges: true, sampleRate: 0.5, slowSeconds: 0, traceId: true } : undefined;
  wrapServer(sockets, { accountId: 'account', monitoring, ...opted });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this type.
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const client = new WebSocket(`ws://${host}/ws?token=${SECRET}`, { headers: HEADERS });
  await once(client, 'open');
  await once(new WebSocket(`ws://${host}/not-there?token=${SECRET}`, { headers: HEADERS }), 'error');
  for (const path of ['good', 'failed', `not-there/${SECRET}`]) {
    const url = `http://${host}/${path}?token=${SECRET}`;
    await (await fetch(url, { body: SECRET, headers: HEADERS, method: 'POST' })).text();
  }

  const getPublishedAt = isAllOn ? (): number => Date.now() / 1000 : undefined;
  const options = { getPublishedAt, isolateListenerErrors: true, listenerTime: isAllOn, monitoring };
  const subscriber = instrumentSubscriber(createClient({ url: redisUrl }), options);
  const publisher = createClient({ url: redisUrl });
  await Promise.all([subscriber.connect(), publisher.connect()]);
  await subscriber.subscribe(CHANNEL, (message) => {
    if (message === BAD_MESSAGE) throw new Error(message);
    for (const socket of sockets.clients) socket.send(message);
  });
  for (const message of [MESSAGE, BAD_MESSAGE]) await publisher.publish(CHANNEL, message);
  await lines.reached(hasExpectedCounts);

  subscriber.destroy();
  publisher.destroy();
  client.terminate();
  sockets.close();
  server.close();
  server.closeAllConnections();
}

function createApplication(isAllOn: boolean, monitoring: LunaRequestInfluxMonitoring): express.Express {
  const app = express();
  const fields = { bytesWritten: true, requestsInFlight: true, timeToFirstByte: true, traceId: true };
  // Every request is a slow one, so that none is left out.
  const sampling = { sampleRate: 0.5, slowSeconds: 0 };
  app.use(influxMonitoring({ monitoring, ...(isAllOn ? { ...fields, ...sampling } : undefined) }));
  app.post('/good', (_request, response) => {
    response.set('X-Secret', SECRET).send(SECRET);
  });
  app.post('/failed', () => {
    throw new Error(SECRET);
  });
  return app;
}

/** The points of a monitoring, as they are on the wire. */
class Lines {
  readonly points: StoredPoint[] = [];
  #look: () => void = () => undefined;

  constructor(monitoring: LunaRequestInfluxMonitoring) {
    monitoring.observeLines({
      onLine: (line) => {
        this.points.push(decodeLine(line));
        this.#look();
      },
    });
  }

  /** Resolves once the points fulfil a condition. */
  reached(condition: (points: readonly StoredPoint[]) => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (condition(this.points)) resolve();
      };
      this.#look();
    });
  }
}

function hasExpectedCounts(points: readonly StoredPoint[]): boolean {
  return Object.entries(EXPECTED_COUNTS).every(
    ([series, count]) => points.filter((point) => point.series === series).length >= count,
  );
}

function hasEventLoopDelay({ fields }: StoredPoint): boolean {
  return Object.keys(fields).some((name) => name.startsWith('event_loop_delay_'));
}

/** Records the series of periods: each kind of event, folded, with cumulative counts and without. */
export async function recordFoldedPoints(): Promise<readonly StoredPoint[]> {
  return [...(await foldOnce([1])), ...(await foldOnce(false))];
}

async function foldOnce(buckets: readonly number[] | false): Promise<readonly StoredPoint[]> {
  const aggregate = { buckets, series: ['requests', 'ws_requests', 'redis_message'] } as const;
  const monitoring = new LunaRequestInfluxMonitoring({ aggregate });
  const lines = new Lines(monitoring);
  const eventTime = monitoring.now();
  const request = { method: 'GET', requestId: REQUEST_ID, resource: '/', service: 'shop', statusCode: 200 };
  monitoring.addPoints([
    new RequestMonitoringPoint({ ...request, executionTime: 0.1, requestTime: eventTime }),
    new WSRequestPoint({ accountId: 'account', eventTime, requestId: REQUEST_ID, transportTime: 0.1 }),
    new SubscribeRedisPoint({ channel: CHANNEL, eventTime, requestId: REQUEST_ID }),
  ]);
  await monitoring.stop();
  return lines.points;
}
