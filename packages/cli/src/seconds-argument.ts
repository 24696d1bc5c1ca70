import { InvalidArgumentError } from 'commander';

const MAX_SECONDS = 600;

/** Reads an argument of seconds. @throws InvalidArgumentError */
export function secondsArgument(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== '' && seconds > 0 && seconds <= MAX_SECONDS) return seconds;
  throw new InvalidArgumentError(`Expected seconds, more than 0 and up to ${String(MAX_SECONDS)}.`);
}
