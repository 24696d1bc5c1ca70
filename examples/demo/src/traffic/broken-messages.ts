import { createClient } from 'redis';
import { ACCOUNT_IDS, pick, type TrafficOptions } from './options.ts';

const EVERY_MS = 500;

/** Publishes what is no JSON past the sender, as another service's fault would. Returns what ends that. */
export async function startBrokenMessages({ redisUrl }: TrafficOptions): Promise<() => void> {
  const client = createClient({ url: redisUrl, disableOfflineQueue: true });
  // Where Redis is away, the sender says so.
  client.on('error', () => undefined);
  await client.connect();
  let turn = 0;
  const timer = setInterval(() => {
    turn += 1;
    client
      .publish(`luna-sender:${pick(ACCOUNT_IDS, turn)}`, '{"request_id": "broken", "event": ')
      .catch(() => undefined);
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    client.destroy();
  };
}
