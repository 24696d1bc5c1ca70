/** What ends a command with exit code 1 and a sentence for its user. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
