/**
 * What must be one for the process, whichever copy of this package comes first: an ESM and a CommonJS one may both be
 * loaded, and two hooks on one router would count everything twice.
 *
 * @param name - with what it is kept under; what is kept may not change its shape under the same version
 */
export function processWide<Value>(name: string, create: () => Value): Value {
  // globalThis has no index signature; under our symbol it holds what `create` of this name made.
  const holder = globalThis as unknown as Record<symbol, Value | undefined>;
  return (holder[Symbol.for(`influx-monitoring.express.${name}.1`)] ??= create());
}
