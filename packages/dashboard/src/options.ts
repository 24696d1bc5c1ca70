import type { IncomingMessage } from 'node:http';
import type { Monitoring } from '@influx-monitoring/core';
import { checkOptions, rules, type OptionRules } from '@influx-monitoring/core/internal';

/** Options of `monitoringDashboard`. */
export interface DashboardOptions {
  /**
   * Says who may see the page: each of its requests is asked about. What it throws or rejects with is a no. Without it
   * only clients on this machine see the page.
   */
  readonly authorize?: ((req: IncomingMessage) => boolean | Promise<boolean>) | undefined;
  /**
   * Bytes that the view's store of points may take where a database is configured; without one the view reads the
   * monitoring's own store. @defaultValue 32 MiB
   */
  readonly maxStoreBytes?: number | undefined;
  /** How many may look on at a time; more are answered with 503. @defaultValue 50 */
  readonly maxViewers?: number | undefined;
  /** What is shown. @defaultValue the one monitoring of the process */
  readonly monitoring?: Monitoring | undefined;
}

/** What stands where an option is not given. */
export const DEFAULT_DASHBOARD_OPTIONS = Object.freeze({ maxStoreBytes: 32 * 1024 * 1024, maxViewers: 50 });

/** Options with the defaults filled in; what has no default may be missing. */
export type ResolvedDashboardOptions = DashboardOptions & {
  readonly [Name in keyof typeof DEFAULT_DASHBOARD_OPTIONS]: number;
};

const MIB = 1024 * 1024;

const OPTION_RULES: OptionRules<DashboardOptions> = {
  authorize: rules.function,
  maxStoreBytes: rules.integer('bytes', MIB, 1024 * MIB),
  maxViewers: rules.integer('', 1, 10_000),
  monitoring: {
    expected: 'a LunaRequestInfluxMonitoring, as createMonitoring() returns',
    isValid: (value) =>
      rules.monitoring.isValid(value) && rules.function.isValid(Reflect.get(Object(value) as object, 'observeLines')),
  },
};

/**
 * Checks the options and fills in the defaults.
 *
 * @throws MonitoringError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`
 */
export function resolveDashboardOptions(options: DashboardOptions): ResolvedDashboardOptions {
  checkOptions('monitoringDashboard()', options, OPTION_RULES);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...DEFAULT_DASHBOARD_OPTIONS, ...given };
}
