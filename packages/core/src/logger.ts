/**
 * Takes what monitoring has to say: `console`, a pino logger, or anything of that shape.
 *
 * @category Errors and logs
 */
export interface Logger {
  info(message: string): unknown;
  warn(message: string): unknown;
  error(message: string): unknown;
}
