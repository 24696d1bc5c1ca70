import { processWide } from '@influx-monitoring/core/internal';
import { unhookMessages } from './exchange/message-hook.ts';
import { unwrapLayers } from './routing/wrap-layers.ts';

/** A middleware works as long as its number is the present one. */
const installation = processWide('express.installation', 1, () => ({ number: 1 }));

/** The number for middlewares that are made now. */
export function currentInstallation(): number {
  return installation.number;
}

/**
 * Takes all of this package off the process: what it replaced of `node:http` and of each Express is as it was, and the
 * middlewares that were made so far let requests pass, with a `req.monitoring` of their own as ever. Requests that are
 * on their way are not recorded any more. A middleware that is made afterwards records again.
 *
 * @example
 * ```ts
 * import { uninstrumentExpress } from '@influx-monitoring/express';
 *
 * uninstrumentExpress();
 * ```
 */
export function uninstrumentExpress(): void {
  installation.number += 1;
  unwrapLayers();
  unhookMessages();
}
