import type { Monitoring } from './base-monitoring.ts';
import { readEnvironment, type Environment } from './config/environment.ts';
import { readConfigurationFile } from './config/file.ts';
import { findDoubtfulVariables } from './config/doubtful-variables.ts';
import { MONITORING_OPTION_RULES, type MonitoringOptions } from './config/monitoring-options.ts';
import { readOptions } from './config/options-layer.ts';
import { resolveConfiguration, type ResolvedConfiguration } from './config/resolve.ts';
import { logLine, type LogCode } from './ledger/log-line.ts';
import { LunaRequestInfluxMonitoring } from './monitoring.ts';
import { guardListener } from './process/callback-guard.ts';
import { processWide } from './process/process-wide.ts';

/**
 * Where configuration is read from; tests and tools give their own.
 *
 * @category Monitoring
 */
export interface ConfigurationSources {
  /** @defaultValue the variables of the process */
  readonly environment?: Environment | undefined;
  /** Folder where a configuration file is looked for. @defaultValue the working directory */
  readonly folder?: string | undefined;
}

/**
 * Joins what code, the environment, the configuration file and the defaults say, strongest first.
 *
 * @throws MonitoringError `ERR_CONFIG_FILE`, `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`, `ERR_OPTION_MISSING`,
 * `ERR_OPTION_CONFLICT`; each names the key, what was expected and what was found
 */
export function loadConfiguration(
  options: MonitoringOptions = {},
  { environment = process.env, folder }: ConfigurationSources = {},
): ResolvedConfiguration {
  const path = environment['MONITORING_CONFIG']?.trim();
  return resolveConfiguration(
    [
      readOptions('createMonitoring', options, MONITORING_OPTION_RULES),
      readEnvironment(environment),
      readConfigurationFile({ path: path === '' ? undefined : path, folder }),
    ],
    options,
  );
}

/**
 * Makes a monitoring from all sources of configuration. Without credentials in any of them the points stay in this
 * process's memory, and a line of log says so.
 *
 * @category Monitoring
 * @throws MonitoringError as `loadConfiguration` does
 *
 * @example
 * ```ts
 * import { createMonitoring } from '@influx-monitoring/core';
 *
 * const monitoring = createMonitoring({ service: 'shop' });
 * await monitoring.stop();
 * ```
 */
export function createMonitoring(
  options: MonitoringOptions = {},
  sources?: ConfigurationSources,
): LunaRequestInfluxMonitoring {
  const configuration = loadConfiguration(options, sources);
  const logger = options.logger ?? console;
  const warn = guardListener((code: LogCode, text: string) => logger.warn(logLine(code, text)));
  const inform = guardListener((code: LogCode, text: string) => logger.info(logLine(code, text)));
  for (const { warning } of findDoubtfulVariables(sources?.environment ?? process.env)) {
    warn('MON_VARIABLE_IGNORED', warning);
  }
  if (configuration.enabled && configuration.settings === undefined && options.store === undefined) {
    inform(
      'MON_IN_MEMORY',
      'no InfluxDB is configured, so points stay in the memory of this process; ' +
        'set INFLUX_URL, INFLUX_TOKEN, INFLUX_ORG and INFLUX_BUCKET to send them',
    );
  }
  if (configuration.enabled && configuration.settings !== undefined && isDefaultServiceUntold(configuration)) {
    warn(
      'MON_DEFAULT_SERVICE',
      `no service name is set, so points are stored under ${configuration.service}; set MONITORING_SERVICE`,
    );
  }
  return new LunaRequestInfluxMonitoring(options, configuration);
}

/** Whether nobody named the service, and this process was not warned of it: services of one name cannot be told apart. */
function isDefaultServiceUntold({ sources }: ResolvedConfiguration): boolean {
  if (sources.has('service')) return false;
  const told = processWide('core.default-service-told', 1, () => ({ isTold: false }));
  const isUntold = !told.isTold;
  told.isTold = true;
  return isUntold;
}

/** The default monitoring of the process, of whichever copy of this package. */
function holder(): { current: Monitoring | undefined } {
  return processWide('core.default-monitoring', 2, () => ({ current: undefined }));
}

/**
 * The one monitoring of the process, which the wrappers use where they are given none: the one that was set, else made on
 * first use from the environment or the configuration file. After its `stop()` it is made anew.
 *
 * @category Monitoring
 * @throws MonitoringError as `loadConfiguration` does
 *
 * @example
 * ```ts
 * import { defaultMonitoring } from '@influx-monitoring/core';
 *
 * process.once('SIGTERM', () => void defaultMonitoring().stop());
 * ```
 */
export function defaultMonitoring(): Monitoring {
  const held = holder();
  if (held.current === undefined || held.current.isStopped) held.current = createMonitoring();
  return held.current;
}

/**
 * Says which monitoring the wrappers use from now on where they are given none. What was wrapped before keeps its own.
 *
 * @category Monitoring
 * @param monitoring - that of this or another copy of the package; left out to make the default anew, on its next use
 *
 * @example
 * ```ts
 * import { createMonitoring, setDefaultMonitoring } from '@influx-monitoring/core';
 *
 * await using monitoring = createMonitoring({ store: 'memory' });
 * setDefaultMonitoring(monitoring);
 * ```
 */
export function setDefaultMonitoring(monitoring?: Monitoring): void {
  holder().current = monitoring;
}
