import { RequestErrorMonitoringPoint, RequestMonitoringPoint, createMonitoring } from '@influx-monitoring/core';

/**
 * An application, in a process of its own: asked to record, it records a share of requests and says when they are sent;
 * asked to stop, it says what became of all.
 */
const TICKS = 50;
/** VictoriaMetrics keeps milliseconds: points of a series have to be apart by more than one. */
const TICK_MS = 5;
const ROUTES = 20;

const monitoring = createMonitoring({ delivery: { minRetryDelayMs: 50, maxRetryDelayMs: 200 } });

async function record(): Promise<void> {
  for (let tick = 0; tick < TICKS; tick += 1) {
    const requestTime = monitoring.now();
    monitoring.addPoints(
      Array.from(
        { length: ROUTES },
        (_, route) =>
          new RequestMonitoringPoint({
            requestId: 'none',
            resource: `/${String(route)}`,
            method: 'GET',
            executionTime: 0.25,
            requestTime,
            service: monitoring.service,
            statusCode: 200,
          }),
      ),
    );
    const { service } = monitoring;
    const init = { requestId: 'none', resource: '/0', method: 'GET', requestTime, service, statusCode: 500 };
    monitoring.addPoints([new RequestErrorMonitoringPoint({ ...init, errorCode: 1 })]);
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await monitoring.flush();
}

process.on('message', (request: 'record' | 'stop') => {
  void (request === 'record' ? record() : monitoring.stop()).then(() => {
    const { recorded, delivered, dropped, deadLettered, retries } = monitoring.stats();
    process.send?.({ recorded, delivered, dropped, deadLettered, retries });
    if (request === 'stop') process.disconnect();
  });
});
