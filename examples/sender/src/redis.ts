import { createClient, type RedisClientOptions } from 'redis';
import type { Logger } from '@influx-monitoring/core';

const MAX_RECONNECT_DELAY_MS = 2000;

/** Makes a client that gives up where Redis is not there at start, and comes back by itself when it goes away later. */
export function createRedisClient(url: string, logger: Logger, options: RedisClientOptions = {}) {
  let wasReady = false;
  const reconnectStrategy = (retries: number): number | false =>
    wasReady && Math.min(100 * 2 ** retries, MAX_RECONNECT_DELAY_MS);
  const client = createClient({ ...options, url, socket: { reconnectStrategy } });
  client.on('ready', () => {
    wasReady = true;
  });
  client.on('error', (error: Error) => {
    if (wasReady) logger.error(`Redis: ${reasonOf(error)}`);
  });
  return client;
}

export type RedisClient = ReturnType<typeof createRedisClient>;

/** Connects, or says in one sentence why not; a password in the URL stays out of it. */
export async function connectRedis(client: RedisClient, url: string): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    const place = URL.canParse(url) ? new URL(url).host : 'the URL given';
    throw new Error(`no Redis at ${place}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Where a name has several addresses, Node gives one error for all, which says nothing itself. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(String).join(', ');
  return error instanceof Error ? error.message : String(error);
}
