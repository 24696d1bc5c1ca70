import { defaultMonitoring } from '@influx-monitoring/core';
import { startChat } from './chat.ts';

process.env['MONITORING_SERVICE'] ??= 'socket-io';

/** Two servers on two ports: a client of one hears what a client of the other says. */
const redisUrl = process.env['REDIS_URL'] ?? 'redis://localhost:6379';
const chats = await Promise.all([3001, 3002].map((port) => startChat({ port, redisUrl })));
console.log('listening on http://localhost:3001 and http://localhost:3002');

process.once('SIGTERM', stop);
process.once('SIGINT', stop);

function stop(): void {
  void Promise.all(chats.map((chat) => chat.stop())).then(() => defaultMonitoring().stop());
}
