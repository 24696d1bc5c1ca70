import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMonitoring, type DeliveryEvent } from '@influx-monitoring/core';
import { influxMonitoring } from '@influx-monitoring/express';
import { startInflux1, type InfluxRow } from '@influx-monitoring/test-servers';
import { instrumentUpgrades } from '@influx-monitoring/ws';
import express from 'express';
import { WebSocketServer } from 'ws';

const DATABASE = 'outsider';
/** Node's limit for all headers is 16 KiB. */
const ID_LENGTH = 12_000;
const AT_ONCE = 16;

/** What the handshakes of an outsider have done to the points after them. */
export interface AfterOutsider {
  /** Tags that ran out of room, with the limit that each met. */
  readonly overflows: readonly string[];
  /** The points of the requests that came after all handshakes, with their tags. */
  readonly requests: readonly InfluxRow[];
  readonly errors: readonly InfluxRow[];
  readonly handshakeCount: number;
}

/**
 * Real handshakes, each with a long account id that nobody has had before, of which the service makes so many tags; then
 * two requests on routes that nobody has asked for before, one answered with 503. All goes into a real InfluxDB.
 */
export async function meetOutsider(handshakeCount: number, tagCount: number): Promise<AfterOutsider> {
  const influx = await startInflux1();
  try {
    await influx.createDatabase(DATABASE);
    const monitoring = createMonitoring({
      credentials: { dbName: DATABASE },
      host: '127.0.0.1',
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
      port: influx.port,
      service: 'shop',
      version: 1,
    });
    const overflows: string[] = [];
    monitoring.on('overflow', ({ limit, tag }: Extract<DeliveryEvent, { kind: 'overflow' }>) => {
      overflows.push(`${tag} ${limit}`);
    });
    const app = express();
    app.use(influxMonitoring({ monitoring }));
    app.get('/orders/:id', (_request, response) => response.json({}));
    app.get('/payments/:id', (_request, response) => response.status(503).json({}));
    const server = createServer(app);
    const webSockets = new WebSocketServer({ server, path: '/ws' });
    instrumentUpgrades(server, {
      monitoring,
      additionalTags: ({ headers }) => {
        const id = String(headers['luna-account-id']);
        return Object.fromEntries(Array.from({ length: tagCount }, (_, index) => [`account_${String(index)}`, id]));
      },
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    let next = 0;
    const shakeHands = async (): Promise<void> => {
      for (; next < handshakeCount;) await handshake(port, next++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, shakeHands));
    for (const path of ['orders/1', 'payments/1']) {
      await (await fetch(`http://127.0.0.1:${String(port)}/${path}`, { headers: { connection: 'close' } })).text();
    }
    for (const socket of webSockets.clients) socket.terminate();
    server.close();
    await monitoring.stop({ timeoutMs: 30_000 });
    const [count = {}] = await influx.query(DATABASE, "SELECT count(*) FROM requests WHERE route = 'GET:/ws'");
    const columns = 'route, status_code, service, execution_time';
    return {
      overflows,
      requests: await influx.query(DATABASE, `SELECT ${columns} FROM requests WHERE route != 'GET:/ws'`),
      errors: await influx.query(DATABASE, 'SELECT route, status_code, service, error_code, request_id FROM errors'),
      handshakeCount: Number(count['count_execution_time'] ?? 0),
    };
  } finally {
    await influx.stop();
  }
}

/** A handshake whose connection is closed as soon as it is accepted. */
async function handshake(port: number, number: number): Promise<void> {
  const upgrade = request({
    host: '127.0.0.1',
    port,
    path: '/ws',
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
      'luna-account-id': String(number).padEnd(ID_LENGTH, 'x'),
    },
  }).end();
  // The event's second argument, as node:http documents it.
  const [, socket] = (await once(upgrade, 'upgrade')) as [unknown, { destroy(): void }];
  socket.destroy();
}
