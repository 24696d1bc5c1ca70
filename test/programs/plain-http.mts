/** No Express: connect, and node:http alone. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createMonitoring, type Monitoring } from '@influx-monitoring/core';
import { influxMonitoring, type InfluxMonitoringMiddleware } from '@influx-monitoring/express';
import connect from 'connect';

const monitoring: Monitoring = createMonitoring({ service: 'plain', store: 'memory' });
export const middleware: InfluxMonitoringMiddleware = influxMonitoring({ monitoring });

const app: connect.Server = connect();
app.use(middleware);
export const withConnect: Server = createServer(app);
export const alone: Server = createServer((request: IncomingMessage, response: ServerResponse) => {
  middleware(request, response, () => {
    response.end('hello');
  });
});

export function clientsResponse(response: IncomingMessage): unknown {
  // @ts-expect-error The response that a client gets has no data of a request.
  return response.monitoring;
}
