import { defaultMonitoring } from '@influx-monitoring/core';
import { instrumentSubscriber } from '@influx-monitoring/redis';
import { createClient } from 'redis';

process.env['MONITORING_SERVICE'] ??= 'minimal';

const subscriber = createClient({ url: process.env['REDIS_URL'] ?? 'redis://localhost:6379' });
instrumentSubscriber(subscriber);
// The library records errors of the connection; a client of node-redis needs a listener of its own all the same.
subscriber.on('error', () => undefined);
await subscriber.connect();
await subscriber.subscribe('news', (message) => {
  console.log(message);
});
console.log('subscribed');

process.once('SIGTERM', () => {
  subscriber.destroy();
  void defaultMonitoring().stop();
});
