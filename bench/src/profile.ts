import { Session, type Profiler } from 'node:inspector';

/** CPU time of one function, or of all functions of one package, in nanoseconds for one thing done. */
export interface ProfileRow {
  readonly where: string;
  readonly ns: number;
}

/** Where the CPU time of one variant goes, by the sampling profiler of V8; the most expensive first. */
export interface Profile {
  readonly packages: readonly ProfileRow[];
  /** Of this library's packages alone. */
  readonly ownFunctions: readonly ProfileRow[];
}

const SAMPLING_INTERVAL_US = 100;
const US_TO_NS = 1000;
const OWN = /@influx-monitoring\/|\/packages\/(?:core|express|redis|ws)\//;
/** What samples of no work are put under. */
const NO_WORK = new Set(['(idle)', '(root)']);

/** Profiles what `run` does, as `node --cpu-prof` would. @param times - how often it does it */
export async function profileOf(times: number, run: () => unknown): Promise<Profile> {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_US });
  session.post('Profiler.start');
  await run();
  const profile = await new Promise<Profiler.Profile>((resolve, reject) => {
    session.post('Profiler.stop', (error, result) => {
      if (error === null) resolve(result.profile);
      else reject(error);
    });
  });
  session.disconnect();
  return summarize(profile, times);
}

function summarize({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, times: number): Profile {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const packages = new Map<string, number>();
  const ownFunctions = new Map<string, number>();
  samples.forEach((id, index) => {
    const frame = frames.get(id);
    if (frame === undefined || NO_WORK.has(frame.functionName)) return;
    const ns = ((timeDeltas[index] ?? 0) * US_TO_NS) / times;
    const owner = packageOf(frame);
    add(packages, owner, ns);
    if (OWN.test(frame.url)) add(ownFunctions, `${owner}: ${frame.functionName || '(anonymous)'}`, ns);
  });
  return { packages: rows(packages), ownFunctions: rows(ownFunctions) };
}

function packageOf({ functionName, url }: { readonly functionName: string; readonly url: string }): string {
  if (url === '') return functionName.startsWith('(') ? functionName : "V8's own functions";
  if (url.startsWith('node:')) return 'node';
  const own = /\/packages\/([^/]+)\//.exec(url)?.[1];
  if (own !== undefined) return `@influx-monitoring/${own}`;
  const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(url)?.[1];
  return name ?? 'the benchmark itself';
}

function add(to: Map<string, number>, key: string, ns: number): void {
  to.set(key, (to.get(key) ?? 0) + ns);
}

function rows(of: ReadonlyMap<string, number>): ProfileRow[] {
  return [...of].map(([where, ns]) => ({ where, ns })).sort((left, right) => right.ns - left.ns);
}
