import { inspect } from 'node:util';
import { influxMonitoring } from '@influx-monitoring/express';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { accountIdOf, channelOf } from './account.ts';
import { LunaError, toLunaError } from './luna-error.ts';
import type { RedisClient } from './redis.ts';
import type { Logger } from '@influx-monitoring/core';

const VERSION = '0.1.0';

/** The HTTP side: version, health, and events on their way to the WebSockets of their account. */
export function createApp(publisher: RedisClient, logger: Logger): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(influxMonitoring({ traceId: true }));
  app.use(express.json({ limit: '1mb' }));

  app.get('/version', (_request, response) => {
    response.json({ version: VERSION });
  });

  app.get('/healthcheck', (_request, response) => {
    if (!publisher.isReady) throw unavailable('Redis is away');
    response.json({ status: 'ok' });
  });

  app.post('/events', async (request, response) => {
    const channel = channelOf(accountIdOf(request.headers));
    const event: unknown = request.body;
    if (typeof event !== 'object' || event === null || Array.isArray(event)) {
      throw new LunaError({ status: 400, desc: 'Bad request', detail: 'The body is not a JSON object' });
    }
    const message = JSON.stringify({ request_id: request.monitoring.requestId, event });
    await publisher.publish(channel, message).catch((cause: unknown) => {
      throw unavailable('Failed to publish the event', cause);
    });
    response.status(201).json({});
  });

  app.use((request) => {
    throw new LunaError({ status: 404, desc: 'Page not found', detail: `No ${request.method} ${request.path}` });
  });
  app.use(createErrorHandler(logger));
  return app;
}

function unavailable(detail: string, cause?: unknown): LunaError {
  return new LunaError({ status: 503, desc: 'Service unavailable', detail, cause });
}

function createErrorHandler(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, _request, response, next) => {
    const error = toLunaError(thrown);
    if (error.status === 500) logger.error(inspect(error.cause));
    else if (error.status > 500) logger.error(error.message);
    if (response.headersSent) next(thrown);
    else response.status(error.status).json(error);
  };
}
