import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './snippets.ts';

const CONSOLE = /^```console\n([\s\S]*?)^```/gm;
const OURS = 'npx @influx-monitoring/cli ';

/** A command that a page shows, with what it prints by the page. */
export interface ShownCommand {
  readonly words: readonly string[];
  readonly output: string;
}

/** All commands of a page: those of its consoles, and those within its text. */
export function commandsOf(page: string): ShownCommand[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const consoles = Array.from(text.matchAll(CONSOLE), ([, body = '']) => body.replaceAll(/ \\\n\s+/g, ' '));
  const shown = consoles.flatMap((body) =>
    body
      .split(/^\$ /m)
      .filter((part) => part.trim() !== '')
      .map((part) => {
        const [command = '', ...output] = part.split('\n');
        return { words: wordsOf(command), output: output.join('\n').trim() };
      }),
  );
  const within = Array.from(text.matchAll(/`(npx @influx-monitoring\/cli [^`]+)`/g), ([, command = '']) => ({
    words: wordsOf(command),
    output: '',
  }));
  return [...shown, ...within];
}

/** The words of ours behind its name, and those of another program with it. */
function wordsOf(command: string): string[] {
  return (command.startsWith(OURS) ? command.slice(OURS.length) : command).split(' ');
}
