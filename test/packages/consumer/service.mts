/**
 * A service as TypeScript sees it: what users write, checked by their compiler against our declarations. Nothing of it
 * runs. It is compiled as an ES module and, under the name service.cts, as CommonJS.
 */
import { createServer } from 'node:http';
import {
  BaseMonitoringPoint,
  DataForMonitoring,
  LunaRequestInfluxMonitoring,
  MonitoringError,
  createMonitoring,
  currentMessage,
  monitorTime,
  runWithMessage,
  type Fields,
  type MessageContext,
  type MonitoringOptions,
  type Tags,
} from '@influx-monitoring/core';
import { monitoringDashboard } from '@influx-monitoring/dashboard';
import { influxMonitoring, type InfluxMonitoringOptions } from '@influx-monitoring/express';
import { instrumentSubscriber } from '@influx-monitoring/redis';
import { instrumentUpgrades, wrapServer, wrapSocket } from '@influx-monitoring/ws';
import express from 'express';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { WebSocketServer } from 'ws';

const options: MonitoringOptions = { service: 'shop' };
export const monitoring = createMonitoring(options);
export const second = new LunaRequestInfluxMonitoring();
const requestOptions: InfluxMonitoringOptions = { monitoring, additionalTags: { region: 'north' } };

const app = express();
app.use('/monitoring', monitoringDashboard({ monitoring }));
app.use(influxMonitoring(requestOptions));
app.get('/users/:id', async (request, response) => {
  request.monitoring.tags['plan'] = 'free';
  await monitorTime(request.monitoring, 'load_time', () => Promise.resolve());
  response.json({ id: request.params.id, requestId: request.monitoring.requestId });
});
// @ts-expect-error A standard tag may not be replaced.
influxMonitoring({ monitoring, additionalTags: { route: 'mine' } });
// @ts-expect-error There is no such option.
influxMonitoring({ monitoring, ignored: '/' });

const server = instrumentUpgrades(createServer(app), { monitoring, paths: ['/ws'] });
const sockets = wrapServer(new WebSocketServer({ server }), { monitoring, accountId: ({ url }) => url });
sockets.on('connection', (socket) => {
  const same: typeof socket = wrapSocket(socket, { monitoring });
  same.send('hello');
});

const client = createClient();
const subscriber: typeof client = instrumentSubscriber(client, { monitoring });
export const subscribed: Promise<void> = subscriber.subscribe('orders', (message: string) => {
  const requestId: string | undefined = currentMessage()?.requestId;
  console.log(message, requestId);
});
export const other: Redis = instrumentSubscriber(new Redis(), { monitoring });

class OrderPoint extends BaseMonitoringPoint {
  readonly series = 'orders';
  get tags(): Tags {
    return { service: 'shop' };
  }
  get fields(): Fields {
    return { price: 1.5, items: 3n };
  }
}

export async function record(context: MessageContext): Promise<DataForMonitoring> {
  const data = new DataForMonitoring({ tags: { plan: 'free' }, fields: { price: 1.5 } });
  const startedAt: number = runWithMessage(context, () => monitoring.now());
  monitoring.addPoints([new OrderPoint({ eventTime: startedAt })]);
  try {
    await monitoring.flush();
    await monitoring.stop({ timeoutMs: 1000 });
  } catch (error) {
    if (error instanceof MonitoringError) console.error(error.code);
  }
  return data;
}
