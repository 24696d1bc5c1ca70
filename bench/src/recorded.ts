import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Budget } from './report.ts';
import type { Run } from './runs.ts';

// From `src` as from `dist`: both are folders of bench.
const BUDGETS = new URL('../budgets.json', import.meta.url);
const RECORDED = new URL('../recorded.json', import.meta.url);

/** The budgets, in the order of the page. */
export function readBudgets(): readonly Budget[] {
  return (JSON.parse(readFileSync(BUDGETS, 'utf8')) as { readonly budgets: readonly Budget[] }).budgets;
}

/** The runs that the pages are written from, one for each major version of Node, the oldest first. */
export function readRecorded(): readonly Run[] {
  return (JSON.parse(readFileSync(RECORDED, 'utf8')) as { readonly runs: readonly Run[] }).runs;
}

/** @returns the path of the file */
export function writeRecorded(runs: readonly Run[]): string {
  writeFileSync(RECORDED, JSON.stringify({ runs }));
  return fileURLToPath(RECORDED);
}
