import { confirm } from '@clack/prompts';
import type { Terminal } from '../terminal.ts';

/** Asks a person. @returns false for a no, and for Ctrl-C, which the signal tells apart */
export async function askToGoOn({ input, errorOutput: output, signal }: Terminal, message: string): Promise<boolean> {
  const answer = await confirm({ message, initialValue: false, input, output, signal });
  return answer === true;
}
