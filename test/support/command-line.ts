/** The command lines of the runs that take numbers alone: faults, kill, outage, latency, messages. */
import { parseArgs } from 'node:util';

/**
 * The numbers that a command line gives, and the others by their defaults. With `--help` it prints the text and ends the
 * process; of what it does not know it says so, and ends with 2.
 */
export function readNumbers<Name extends string>(
  help: string,
  defaults: Readonly<Record<Name, number>>,
  commandLine: readonly string[] = process.argv.slice(2),
): Record<Name, number> {
  try {
    const numbers = parseNumbers(defaults, commandLine);
    if (numbers !== undefined) return numbers;
    console.log(help);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)} (--help tells more)`);
    process.exit(2);
  }
}

/** @returns `undefined` where help is asked for. @throws where a name is unknown or a value no whole number from 1 on */
export function parseNumbers<Name extends string>(
  defaults: Readonly<Record<Name, number>>,
  commandLine: readonly string[],
): Record<Name, number> | undefined {
  const names = Object.keys(defaults) as Name[];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' } as const]));
  const { values } = parseArgs({ args: [...commandLine], options: { ...options, help: { type: 'boolean' } } });
  if (values['help'] === true) return undefined;
  const given: Partial<Record<string, string | boolean>> = values;
  const numbers: Record<Name, number> = { ...defaults };
  for (const name of names) {
    const text = given[name];
    if (text === undefined) continue;
    const number = Number(text);
    if (!Number.isInteger(number) || number < 1) {
      throw new Error(`--${name}: expected a whole number from 1 on, got "${String(text)}"`);
    }
    numbers[name] = number;
  }
  return numbers;
}
