import { parseArgs } from 'node:util';

export interface DemoArguments {
  /** How long the traffic lasts, in seconds; `undefined` for until Ctrl-C. */
  readonly seconds: number | undefined;
  /** HTTP requests a second. */
  readonly rate: number;
  /** WebSockets open at a time. */
  readonly sockets: number;
  /** Of the sender; 0 for any that is free. */
  readonly port: number;
  readonly isHelp: boolean;
}

export const HELP = `Usage: npm run demo -- [options]

Starts the example sender under traffic, and shows each second what its five time series hold.

  --seconds N   end after so many seconds with a summary (without: on Ctrl-C)
  --rate N      HTTP requests a second, 1 to 5000 (100)
  --sockets N   WebSockets open at a time, 1 to 2000 (50)
  --port N      port of the sender, 0 to 65535; 0 is any that is free (0)
  --help        this text

Points go to the InfluxDB of the environment (INFLUX_URL, ...) or of the configuration file, else they stay in memory.
Redis is that of REDIS_URL, else that of localhost:6379, else one that is started for the demo and ends with it.
`;

/** What somebody typed and must put right. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const OPTIONS = {
  help: { type: 'boolean', short: 'h', default: false },
  port: { type: 'string', default: '0' },
  rate: { type: 'string', default: '100' },
  seconds: { type: 'string' },
  sockets: { type: 'string', default: '50' },
} as const;

/** @throws UsageError that names the argument, what was expected and what was found */
export function readArguments(words: readonly string[]): DemoArguments {
  const { help, port, rate, seconds, sockets } = parse(words);
  return {
    isHelp: help,
    port: wholeNumber('port', port, 0, 65_535),
    rate: wholeNumber('rate', rate, 1, 5000),
    seconds: seconds === undefined ? undefined : wholeNumber('seconds', seconds, 1, 86_400),
    sockets: wholeNumber('sockets', sockets, 1, 2000),
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: false }).values;
  } catch (error) {
    // Node's sentence names the argument; what follows its first full stop is advice for other programs.
    const [sentence = ''] = error instanceof Error ? error.message.split('. ') : [];
    throw new UsageError(sentence, { cause: error });
  }
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UsageError(
    `--${name}: expected a whole number from ${String(min)} to ${String(max)}, got ${JSON.stringify(text)}`,
  );
}
