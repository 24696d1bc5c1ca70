import { once } from 'node:events';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { afterEach } from 'vitest';

interface Stoppable extends NetServer {
  closeAllConnections?(): void;
}

const started: Stoppable[] = [];

afterEach(async () => {
  for (const server of started.splice(0)) {
    server.close();
    server.closeAllConnections?.();
    if (server.listening) await once(server, 'close');
  }
});

/** Starts a server on a free port of this machine; it is stopped after the test. */
export async function listen(server: Stoppable): Promise<number> {
  started.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has an address with one.
  return (server.address() as AddressInfo).port;
}

/** The routes of points, in the order they were recorded. */
export function routesOf(points: readonly { readonly tags: Readonly<Record<string, unknown>> }[]): string[] {
  return points.map(({ tags }) => `${String(tags['route'])} ${String(tags['status_code'])}`);
}

/** Something that happens once, and can be waited for. */
export interface Moment {
  readonly happened: Promise<void>;
  happens(): void;
}

export function createMoment(): Moment {
  let happens = (): void => undefined;
  const happened = new Promise<void>((resolve) => {
    happens = resolve;
  });
  return {
    happened,
    happens: () => {
      happens();
    },
  };
}
