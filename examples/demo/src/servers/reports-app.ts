import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { influxMonitoring } from '@influx-monitoring/express';
import express, { Router, type ErrorRequestHandler, type Express } from 'express';

/** A small HTTP service beside the sender. */
export interface ReportsApp {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

const CHUNK_COUNT = 4;
const CHUNK_PAUSE_MS = 15;
const SUMMARY_MS = 120;

/**
 * Starts a second application in the same process, with what the sender has not: a mounted router with parameters, an
 * answer that comes in pieces, one that is slow, one that fails. Both record into the process's one monitoring.
 */
export async function startReportsApp(): Promise<ReportsApp> {
  const server = createServer(createReportsApp()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server of the reports has no port');
  return {
    port: address.port,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function createReportsApp(): Express {
  const reports = Router();
  reports.get('/:id', async (_request, response) => {
    for (let chunk = 1; chunk <= CHUNK_COUNT && !response.destroyed; chunk += 1) {
      response.write(`part ${String(chunk)}\n`);
      await sleep(CHUNK_PAUSE_MS);
    }
    response.end();
  });
  reports.get('/:id/summary', async (_request, response) => {
    await sleep(SUMMARY_MS);
    response.json({ parts: CHUNK_COUNT });
  });
  reports.delete('/:id', () => {
    throw new ReportInUseError('the report is being read');
  });

  const app = express();
  app.use(influxMonitoring());
  app.use('/accounts/:account_id/reports', reports);
  app.use(answerError);
  return app;
}

/** An error with a code of its own, which monitoring finds. */
class ReportInUseError extends Error {
  readonly code = 'REPORT_IN_USE';
}

const answerError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) next(error);
  else response.status(500).json({ error_code: 1, desc: 'Internal server error', detail: String(error) });
};
