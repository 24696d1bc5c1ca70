/**
 * Does something once a process, whichever copy of this package comes first: an ESM and a CommonJS one may both be
 * loaded, and two hooks on one router would count everything twice.
 */
export function processWideOnce(name: string, action: () => void): void {
  // globalThis has no index signature; under our symbol it holds true, or nothing.
  const flags = globalThis as unknown as Record<symbol, true | undefined>;
  const key = Symbol.for(`influx-monitoring.express.${name}.1`);
  if (flags[key] === true) return;
  flags[key] = true;
  action();
}
