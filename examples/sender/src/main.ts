import { startSender } from './sender.ts';

process.env['MONITORING_SERVICE'] ??= 'luna-sender';

const { PORT = '5080', REDIS_URL = 'redis://localhost:6379' } = process.env;

try {
  const sender = await startSender({ port: Number(PORT), redisUrl: REDIS_URL, logger: console });
  console.info(`listening on http://localhost:${String(sender.port)}`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void sender.stop());
  }
} catch (error) {
  // A port in use, no Redis, a setting of the monitoring: each says itself what is wrong.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
