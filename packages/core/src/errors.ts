/**
 * Every code a `MonitoringError` can carry; docs/errors.md has a row for each. A code is never used again for another meaning.
 *
 * @category Errors and logs
 */
export type MonitoringErrorCode =
  | 'ERR_OPTION_UNKNOWN'
  | 'ERR_OPTION_TYPE'
  | 'ERR_OPTION_CONFLICT'
  | 'ERR_OPTION_MISSING'
  | 'ERR_CONFIG_FILE'
  | 'ERR_NOT_IN_MEMORY'
  | 'ERR_NOT_INSTRUMENTABLE'
  | 'ERR_STOPPED';

/**
 * An error of this library. Match its `code`: two copies of the class may be loaded in one process.
 *
 * @category Errors and logs
 */
export class MonitoringError extends Error {
  override readonly name = 'MonitoringError';
  readonly code: MonitoringErrorCode;

  constructor(code: MonitoringErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
