import type { PointSink } from './point-sink.ts';
import { ProcessPoint } from '../points/process-point.ts';
import { ProcessSampler } from './process-sampler.ts';
import { runOutsideContext } from '../process/outside-context.ts';
import { processWide } from '../process/process-wide.ts';
import { Scheduler } from '../process/scheduler.ts';

/**
 * Points of the series `process` that are being recorded.
 *
 * @category Points
 */
export interface ProcessMetrics extends Disposable {
  /** Ends recording them; doing so twice changes nothing. */
  readonly stop: () => void;
}

/** Seconds from one point to the next, where the user does not say. */
export const DEFAULT_PROCESS_PERIOD_SECONDS = 10;

const MILLISECONDS_PER_SECOND = 1000;

/** Those in use, of all copies of this package: starting twice would count everything twice. */
function running(): WeakMap<PointSink, ProcessMetrics> {
  return processWide('core.process-metrics', 1, () => new WeakMap());
}

/**
 * Begins to record this process, once for a monitoring: where that is done already, it gives what the first call gave.
 */
export function startProcessMetrics(monitoring: PointSink, periodSeconds: number): ProcessMetrics {
  const found = running().get(monitoring);
  if (found !== undefined) return found;
  const metrics = monitoring.isEnabled ? record(monitoring, periodSeconds) : createHandle(() => undefined);
  running().set(monitoring, metrics);
  return metrics;
}

/** Ends that, where it was begun: points after the end of a monitoring would be counted as lost. */
export function stopProcessMetrics(monitoring: PointSink): void {
  running().get(monitoring)?.stop();
}

function record(monitoring: PointSink, periodSeconds: number): ProcessMetrics {
  const sampler = runOutsideContext(() => new ProcessSampler());
  let eventTime = monitoring.now();
  const timer = new Scheduler(() => {
    try {
      // Before the sample, which takes a while: one period begins where the other ends.
      const nextEventTime = monitoring.now();
      const point = new ProcessPoint({ eventTime, fields: sampler.sample(), service: monitoring.service });
      eventTime = nextEventTime;
      monitoring.addPoints([point]);
    } catch {
      // Reading the memory fails where no file can be opened any more; the process must not end by it.
      monitoring.countEvent('process_metrics_failed');
    }
  }, periodSeconds * MILLISECONDS_PER_SECOND);
  timer.start();
  return createHandle(() => {
    timer.stop();
    sampler.stop();
    running().delete(monitoring);
  });
}

function createHandle(stop: () => void): ProcessMetrics {
  return { stop, [Symbol.dispose]: stop };
}
