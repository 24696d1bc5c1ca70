import { defaultMonitoring } from './default-monitoring.ts';
import type { BaseMonitoring } from './base-monitoring.ts';
import { checkOptions, rules, type OptionRules } from './option-rules.ts';
import { DEFAULT_PROCESS_PERIOD_SECONDS, startProcessMetrics, type ProcessMetrics } from './metrics/process-metrics.ts';

/**
 * Options of `monitorProcess`.
 *
 * @category Monitoring
 */
export interface MonitorProcessOptions {
  /** Where the points go. @defaultValue the process's one */
  readonly monitoring?: BaseMonitoring | undefined;
  /** Seconds from one point to the next, from 0.1 to 3600. @defaultValue 10 */
  readonly periodSeconds?: number | undefined;
}

const OPTION_RULES: OptionRules<MonitorProcessOptions> = {
  monitoring: rules.monitoring,
  periodSeconds: rules.number('seconds', 0.1, 3600),
};

/**
 * Records what this process uses, as series `process`: the delay and the utilization of the event loop, memory, CPU,
 * garbage collection, and what keeps the loop alive. It ends with `stop()`, or with the monitoring; it keeps no process
 * alive. In a worker thread the event loop and the heap are the thread's, the rest is the process's.
 *
 * A second call with the same monitoring changes nothing and gives what the first gave.
 *
 * @category Monitoring
 * @throws MonitoringError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`, and as `defaultMonitoring` does
 *
 * @example
 * ```ts
 * import { createMonitoring, monitorProcess } from '@influx-monitoring/core';
 *
 * const monitoring = createMonitoring({ service: 'shop' });
 * monitorProcess({ monitoring, periodSeconds: 5 });
 * await monitoring.stop();
 * ```
 */
export function monitorProcess(options: MonitorProcessOptions = {}): ProcessMetrics {
  const { monitoring = defaultMonitoring(), periodSeconds = DEFAULT_PROCESS_PERIOD_SECONDS } = checkOptions(
    'monitorProcess()',
    options,
    OPTION_RULES,
  );
  return startProcessMetrics(monitoring, periodSeconds);
}
