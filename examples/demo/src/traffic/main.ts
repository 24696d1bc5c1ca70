import { startBrokenMessages } from './broken-messages.ts';
import type { TrafficOptions } from './options.ts';
import { startRequests } from './requests.ts';
import { startSockets } from './sockets.ts';

// A process of its own, so that what the clients cost is not in the figures of the service.
// The demo gives the options as one word of JSON, and a message when it is over.
const options = JSON.parse(process.argv[2] ?? '') as TrafficOptions;

// Ctrl-C reaches the demo's whole process group; the demo says when to stop.
process.on('SIGINT', () => undefined);

const stops = [await startBrokenMessages(options), startSockets(options), startRequests(options)];
process.send?.('started');

const stop = (): void => {
  for (const stopOne of stops) stopOne();
  if (process.connected) process.disconnect();
};
process.once('message', stop);
process.once('disconnect', stop);
