/** A worker that uses no HTTP; it runs. */
import { createMonitoring, monitorProcess, type Logger, type StopResult } from '@influx-monitoring/core';

const logger: Logger = { info: () => undefined, warn: console.warn, error: console.error };
const monitoring = createMonitoring({ service: 'worker', store: 'memory', logger });
using metrics = monitorProcess({ monitoring, periodSeconds: 60 });

for (const kind of ['daily', 'weekly']) {
  using timer = monitoring.timer('report', { kind });
}
await monitoring.flush({ signal: AbortSignal.timeout(1000) });
const result: StopResult = await monitoring.stop({ signal: AbortSignal.timeout(1000) });
if (result.lost !== 0) throw new Error(`${String(result.lost)} points were lost`);

// @ts-expect-error Options are checked: a time carries its unit.
export const wrong = (): unknown => monitorProcess({ monitoring, period: 60 });
