import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Host } from './host.ts';
import { HOSTS } from './hosts.ts';

/** What came of a host. */
export interface Result {
  readonly host: Host;
  readonly isRight: boolean;
  /** What ran there, or what is wrong. */
  readonly text: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = join(ROOT, 'docs', 'hosts.md');
const BEGIN = '<!-- written by npm run test:hosts -->';
const END = '<!-- end -->';

/** Writes the rows of what was run into the table of docs/hosts.md; the others stay. */
export function writeResults(results: readonly Result[]): void {
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest] = cut(page, BEGIN);
  const [table, after] = cut(rest, END);
  const kept = rowsOf(table);
  const day = new Date().toISOString().slice(0, 10);
  const node = `Node ${process.versions.node}`;
  for (const { host, isRight, text } of results) {
    const cells = [host.name, host.title, isRight ? text : `**wrong**: ${text}`, `${day}, ${node}`];
    kept.set(host.name, `| ${cells.map(escapeCell).join(' | ')} |`);
  }
  const rows = HOSTS.flatMap(({ name }) => kept.get(name) ?? []);
  const header = '| host | what | result | when |\n| --- | --- | --- | --- |';
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${header}\n${rows.join('\n')}\n\n${END}${after}`);
  execFileSync(process.execPath, [join(ROOT, 'node_modules', 'prettier', 'bin', 'prettier.cjs'), '--write', PAGE]);
}

/** The rows by the name of their host. */
function rowsOf(table: string): Map<string, string> {
  return new Map(
    table
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => [line.split('|')[1]?.trim() ?? '', line] as const),
  );
}

function cut(text: string, mark: string): readonly [string, string] {
  const index = text.indexOf(mark);
  if (index === -1) throw new Error(`docs/hosts.md has no "${mark}"`);
  return [text.slice(0, index), text.slice(index + mark.length)];
}

function escapeCell(text: string): string {
  return text.replace(/[|<>]/g, ' ');
}
