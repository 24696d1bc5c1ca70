import type { Timing } from './measure.ts';
import { round, table } from './table.ts';

const MAX_PACKAGES = 10;
const MAX_FUNCTIONS = 10;
const NS_PER_US = 1000;

/** Where the time of each variant goes, by package; and within this library, by function. */
export function profileTables(timings: readonly Timing[]): string[] {
  const profiled = timings.filter(({ profile }) => profile !== undefined);
  if (profiled.length === 0) return [];
  return [
    "### Where the time goes, in µs (V8's sampling profiler, separate rounds)",
    table(['package', ...profiled.map(({ name }) => name)], packageRows(profiled)),
    ...functionTables(profiled),
  ];
}

function packageRows(profiled: readonly Timing[]): string[][] {
  const last = profiled.at(-1)?.profile;
  const named = (last?.packages ?? []).slice(0, MAX_PACKAGES).map(({ where }) => where);
  return named.map((name) => [
    name,
    ...profiled.map(({ profile }) => microseconds(profile?.packages.find(({ where }) => where === name)?.ns ?? 0)),
  ]);
}

function functionTables(profiled: readonly Timing[]): string[] {
  return profiled.flatMap(({ name, profile }) => {
    const functions = profile?.ownFunctions.slice(0, MAX_FUNCTIONS) ?? [];
    if (functions.length === 0) return [];
    return [
      table(
        [`function of this library, ${name}`, 'µs'],
        functions.map(({ where, ns }) => [where, microseconds(ns)]),
      ),
    ];
  });
}

function microseconds(ns: number): string {
  return round(ns / NS_PER_US);
}
