/** Takes what monitoring has to say: `console`, a pino logger, or anything of that shape. */
export interface Logger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
