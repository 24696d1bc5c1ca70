import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ErrorPoint,
  RequestErrorMonitoringPoint,
  RequestMonitoringPoint,
  SubscribeRedisPoint,
  WSRequestPoint,
} from '@influx-monitoring/core';

/** Points as the wrappers make them. */
export const SERVICE = 'luna-sender';

export interface RequestInit {
  readonly resource: string;
  readonly time: number;
  readonly method?: string;
  readonly status?: number;
  readonly seconds?: number;
  readonly requestId?: string;
  readonly sampleRate?: number;
}

export function requestPoint(init: RequestInit): RequestMonitoringPoint {
  return new RequestMonitoringPoint({
    requestId: init.requestId ?? 'r',
    resource: init.resource,
    method: init.method ?? 'GET',
    requestTime: init.time,
    service: SERVICE,
    statusCode: init.status ?? 200,
    executionTime: init.seconds ?? 0.01,
    additionalFields: init.sampleRate === undefined ? undefined : { sample_rate: init.sampleRate },
  });
}

export function failurePoint(
  resource: string,
  time: number,
  errorCode: number | string,
  status = 500,
  requestId = 'r',
): RequestErrorMonitoringPoint {
  return new RequestErrorMonitoringPoint({
    requestId,
    resource,
    method: 'GET',
    requestTime: time,
    service: SERVICE,
    statusCode: status,
    errorCode,
  });
}

export function sendPoint(accountId: string, time: number, transportTime: number): WSRequestPoint {
  return new WSRequestPoint({ requestId: 'r', accountId, eventTime: time, transportTime });
}

export function messagePoint(channel: string, time: number): SubscribeRedisPoint {
  return new SubscribeRedisPoint({ requestId: 'r', channel, eventTime: time });
}

export function subscriptionErrorPoint(errorCode: number | string, time: number, count = 1): ErrorPoint {
  return new ErrorPoint({ errorCode, eventTime: time, count });
}

/** A server of plain node:http on a free port, which ends with its connections. */
export async function serve(listener: RequestListener): Promise<{
  readonly origin: string;
  readonly port: number;
  readonly close: () => Promise<void>;
}> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${String(port)}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
