import {
  constants,
  monitorEventLoopDelay,
  performance,
  PerformanceObserver,
  type EventLoopUtilization,
  type PerformanceEntry,
} from 'node:perf_hooks';
import { roundToMicroseconds, type Fields } from '../points/base-point.ts';

/**
 * The event loop is looked at this often, in milliseconds. Each look wakes an idle process up: at Node's own 10 ms that
 * was 0.8 % of a core, at 20 ms 0.3 %.
 */
const RESOLUTION_MS = 20;
const RESOLUTION_SECONDS = RESOLUTION_MS / 1000;
const NANOSECONDS_PER_SECOND = 1e9;
const MICROSECONDS_PER_SECOND = 1e6;
const MILLISECONDS_PER_SECOND = 1e3;

/** V8's young collector since it is parallel: a kind that Node has no constant for. */
const MINOR_MARK_SWEEP = 2;
const GC_KINDS: ReadonlyMap<number | undefined, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [MINOR_MARK_SWEEP, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weak_callbacks'],
]);

const OTHER_KIND = 'other';
const KIND_NAMES: ReadonlySet<string> = new Set([...GC_KINDS.values(), OTHER_KIND]);
/** Each field is in each point, since a query that subtracts or divides needs both. */
const NO_COLLECTIONS: Collections = { count: 0, seconds: 0 };

/** What Node calls the resources that end by themselves, such as a write or a look-up of a name. */
const REQUEST = /Req|(?:Connect|Send|Shutdown|Write)Wrap$/;
const TIMERS: readonly string[] = ['Immediate', 'Timeout'];

/** Garbage collections of a kind. */
interface Collections {
  readonly count: number;
  readonly seconds: number;
}

/** Measures this thread and its process from one call of `sample` to the next. It keeps no process alive. */
export class ProcessSampler {
  readonly #collections = new Map<string, Collections>();
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) this.#addCollection(entry);
  });
  #cpu = process.cpuUsage();
  #sampledAtMs = performance.now();
  #utilization: EventLoopUtilization = performance.eventLoopUtilization();

  constructor() {
    this.#delay.enable();
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** The fields of a point: what was since the last call, and what is. */
  sample(): Fields {
    return { ...this.sampleUse(), ...this.#collectionFields(), ...resourceFields(process.getActiveResourcesInfo()) };
  }

  /** The same without collections and resources, which take a while to list where there are many. */
  sampleUse(): Fields {
    const nowMs = performance.now();
    const periodSeconds = (nowMs - this.#sampledAtMs) / MILLISECONDS_PER_SECOND;
    this.#sampledAtMs = nowMs;
    return {
      period_seconds: roundToMicroseconds(periodSeconds),
      uptime_seconds: roundToMicroseconds(process.uptime()),
      ...this.#eventLoopFields(),
      ...this.#cpuFields(periodSeconds),
      ...memoryFields(),
    };
  }

  stop(): void {
    this.#delay.disable();
    this.#observer.disconnect();
  }

  #eventLoopFields(): Fields {
    const before = this.#utilization;
    this.#utilization = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(this.#utilization, before);
    const delay = this.#delay;
    const fields = {
      event_loop_delay_mean_seconds: delaySeconds(delay.mean),
      event_loop_delay_p50_seconds: delaySeconds(delay.percentile(50)),
      event_loop_delay_p95_seconds: delaySeconds(delay.percentile(95)),
      event_loop_delay_p99_seconds: delaySeconds(delay.percentile(99)),
      event_loop_delay_max_seconds: delaySeconds(delay.max),
    };
    const isEmpty = delay.count === 0;
    delay.reset();
    return {
      event_loop_utilization: roundToMicroseconds(utilization),
      // Without a look at the loop there is nothing to say of it: zeros would say that all is well.
      ...(isEmpty ? undefined : fields),
    };
  }

  #cpuFields(periodSeconds: number): Fields {
    const { user, system } = this.#cpu;
    this.#cpu = process.cpuUsage();
    const perSecond = MICROSECONDS_PER_SECOND * periodSeconds;
    return {
      cpu_user_seconds_per_second: roundToMicroseconds((this.#cpu.user - user) / perSecond),
      cpu_system_seconds_per_second: roundToMicroseconds((this.#cpu.system - system) / perSecond),
    };
  }

  #collectionFields(): Fields {
    const fields: Record<string, bigint | number> = {};
    for (const kind of KIND_NAMES) {
      const { count, seconds } = this.#collections.get(kind) ?? NO_COLLECTIONS;
      fields[`gc_${kind}_count`] = BigInt(count);
      fields[`gc_${kind}_seconds`] = roundToMicroseconds(seconds);
    }
    this.#collections.clear();
    return fields;
  }

  #addCollection(entry: PerformanceEntry): void {
    // Node documents that entries of this type have it.
    const { detail } = entry as PerformanceEntry & { readonly detail: { readonly kind?: number | undefined } };
    const kind = GC_KINDS.get(detail.kind) ?? OTHER_KIND;
    const { count, seconds } = this.#collections.get(kind) ?? NO_COLLECTIONS;
    this.#collections.set(kind, { count: count + 1, seconds: seconds + entry.duration / MILLISECONDS_PER_SECOND });
  }
}

/** Node measures from one look to the next, so that an idle loop has the time between two of them. */
function delaySeconds(nanoseconds: number): number {
  return roundToMicroseconds(Math.max(0, nanoseconds / NANOSECONDS_PER_SECOND - RESOLUTION_SECONDS));
}

function memoryFields(): Fields {
  const { arrayBuffers, external, heapTotal, heapUsed, rss } = process.memoryUsage();
  return {
    heap_used_bytes: BigInt(heapUsed),
    heap_total_bytes: BigInt(heapTotal),
    // Loaded here: nobody else needs it.
    heap_limit_bytes: BigInt(process.getBuiltinModule('node:v8').getHeapStatistics().heap_size_limit),
    rss_bytes: BigInt(rss),
    external_bytes: BigInt(external),
    array_buffers_bytes: BigInt(arrayBuffers),
  };
}

function resourceFields(resources: readonly string[]): Fields {
  const timers = resources.filter((name) => TIMERS.includes(name)).length;
  const requests = resources.filter((name) => REQUEST.test(name)).length;
  return {
    active_handles: BigInt(resources.length - timers - requests),
    active_requests: BigInt(requests),
    active_timers: BigInt(timers),
  };
}
