import { cpus, totalmem } from 'node:os';
import { judge, type Budget, type Figure, type Result, type Verdict } from './report.ts';

const GIB = 1024 ** 3;

/** A result, and when it was measured. */
export interface DatedResult extends Result {
  /** As in 2026-11-28. */
  readonly measuredOn: string;
}

/** What was measured on one version of Node, and what on: all that the pages are written from. */
export interface Run {
  /** As in v24.21.0. */
  readonly node: string;
  /** As `describeMachine` says it. */
  readonly machine: string;
  /** Names and versions of the packages measured beside us. */
  readonly peers: string;
  readonly results: readonly DatedResult[];
}

/** The version that most services run: figures are held to their budgets on it, wherever they were measured on it. */
const REFERENCE_MAJOR = '24';

export function majorOf({ node }: Pick<Run, 'node'>): string {
  return node.replace(/^v/, '').split('.')[0] ?? '';
}

/** The recorded runs with a new one: its results take the place of those of the same version and title. */
export function withRun(runs: readonly Run[], run: Run): Run[] {
  const former = runs.find((other) => majorOf(other) === majorOf(run));
  const titles = new Set(run.results.map(({ title }) => title));
  const kept = former?.results.filter(({ title }) => !titles.has(title)) ?? [];
  const merged = { ...run, results: [...kept, ...run.results] };
  return [...runs.filter((other) => other !== former), merged].sort(
    (one, other) => Number(majorOf(one)) - Number(majorOf(other)),
  );
}

/** A run with what the pages need of it, to be kept: the pages can be written from it again. */
export function withoutRounds({ results, ...run }: Run): Run {
  return {
    ...run,
    results: results.map(({ timings, ...result }) => ({
      ...result,
      timings: timings.map(({ lowerNs, medianNs, name, upperNs }) => ({
        name,
        medianNs,
        lowerNs,
        upperNs,
        roundsNs: [],
      })),
    })),
  };
}

export function figuresOf({ results }: Pick<Run, 'results'>): Figure[] {
  return results.flatMap(({ figures }) => figures);
}

/** How the budgets were kept: on Node 24, and else on the newest version on which the figure was measured. */
export function verdictsOf(runs: readonly Run[], budgets: readonly Budget[]): Verdict[] {
  const inOrder = [...runs].sort((one, other) => rankOf(other) - rankOf(one));
  return budgets.flatMap((budget) => {
    const run = inOrder.find((each) => figuresOf(each).some(({ name }) => name === budget.figure));
    return judge([budget], run === undefined ? [] : figuresOf(run));
  });
}

function rankOf(run: Run): number {
  return majorOf(run) === REFERENCE_MAJOR ? Infinity : Number(majorOf(run));
}

/** The machine in a few words: processors, memory, system. */
export function describeMachine(): string {
  const model = cpus()[0]?.model ?? 'unknown';
  const memory = (totalmem() / GIB).toFixed(0);
  return `${String(cpus().length)} × ${model}, ${memory} GiB, ${process.platform}`;
}

/** Names and versions of what is measured beside us, of the dependencies as bench/package.json pins them. */
export function describePeers(dependencies: Readonly<Record<string, string>>): string {
  return Object.entries(dependencies)
    .filter(([name]) => name !== 'commander' && !name.startsWith('@types/'))
    .map(([name, version]) => `${name} ${version.replace(/^npm:/, '')}`)
    .join(', ');
}
