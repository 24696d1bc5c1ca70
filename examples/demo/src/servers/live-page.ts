import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { monitoringDashboard } from '@influx-monitoring/dashboard';

const HOST = '127.0.0.1';

/** Serves the live page of a monitoring, on any port that is free. */
export async function startLivePage(
  monitoring: LunaRequestInfluxMonitoring,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const page = monitoringDashboard({ monitoring });
  const server = createServer(page).listen(0, HOST);
  await once(server, 'listening');
  // A server that listens on a port has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${String(port)}/`,
    stop: async () => {
      page.close();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
