import type { IncomingMessage, ServerResponse } from 'node:http';
import { resolveDashboardOptions, type DashboardOptions } from './options.ts';
import { PageServer } from './page/page-server.ts';

/** What answers the page's requests: Express middleware, or a handler of `node:http`. */
export interface DashboardHandler {
  (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void;
  /** Ends all streams, and lets go of the monitoring. It is done by itself when the monitoring stops. */
  close(): void;
}

/**
 * Makes the live page of a monitoring: what an operator looks at, with no database at hand.
 *
 * Only clients on this machine see it unless `authorize` says who else may. It costs nothing while nobody looks on;
 * where a database is configured it keeps the points of the last 15 minutes beside it, in bounded memory.
 *
 * @throws MonitoringError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`; as `defaultMonitoring` does where none is given
 *
 * @example
 * ```ts
 * import { monitoringDashboard } from '@influx-monitoring/dashboard';
 * import express from 'express';
 *
 * const app = express();
 * app.use('/monitoring', monitoringDashboard());
 * ```
 */
export function monitoringDashboard(options: DashboardOptions = {}): DashboardHandler {
  const server = new PageServer(resolveDashboardOptions(options));
  const handle = (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void => {
    server.answer(req, res).catch((error: unknown) => {
      if (next !== undefined && !res.headersSent) next(error);
      else res.destroy();
    });
  };
  return Object.assign(handle, {
    close: () => {
      server.close();
    },
  });
}
