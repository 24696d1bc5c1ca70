import { parentPort } from 'node:worker_threads';
import { LunaRequestInfluxMonitoring, monitorProcess } from '@influx-monitoring/core';

/** Monitors itself, in a process or a worker of its own; a worker hands its lines over, and nothing else is to be done. */
const monitoring = new LunaRequestInfluxMonitoring();
// Monitoring keeps nothing alive, and the worker has to be there until its first point.
parentPort?.ref();
monitoring.observeLines({
  onLine: (line) => {
    parentPort?.postMessage(line);
  },
});
monitorProcess({ monitoring, periodSeconds: parentPort === null ? 60 : 0.1 });
