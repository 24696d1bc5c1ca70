/** The same shop on Express 4, with errors of its own and its types of 4. */
import { createMonitoring, type Monitoring } from '@influx-monitoring/core';
import { influxMonitoring } from '@influx-monitoring/express';
import express, { type Express, type NextFunction, type Request, type Response } from 'express4';

export class ShopError extends Error {
  readonly code: number;
  readonly statusCode: number;

  constructor(message: string, code: number, statusCode: number) {
    super(message);
    this.code = code;
    this.statusCode = statusCode;
  }
}

export const monitoring: Monitoring = createMonitoring({ service: 'shop', store: 'memory' });

export const app: Express = express();
app.use(
  influxMonitoring({ monitoring, getErrorCode: (error) => (error instanceof ShopError ? error.code : undefined) }),
);
const router: ReturnType<typeof express.Router> = express.Router();
router.get('/:id', (request: Request, response: Response, next: NextFunction): void => {
  request.monitoring.tags['kind'] = 'order';
  if (request.params['id'] === '0') next(new ShopError('no such order', 20003, 404));
  else response.json({ id: request.params['id'] });
});
app.use('/orders', router);
app.use((error: ShopError, request: Request, response: Response, _next: NextFunction): void => {
  response.status(error.statusCode).json({ id: request.monitoring.requestId, code: error.code });
});
