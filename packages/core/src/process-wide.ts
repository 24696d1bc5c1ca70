/**
 * What must be one for the process lives on `globalThis`, since an ESM and a CommonJS copy of this package may both be
 * loaded: the clock, the message context, the default monitoring.
 *
 * @param name - the same in every version of this package
 */
export function processWide<Value>(name: string, create: () => Value): Value {
  // globalThis has no index signature; under our symbol it holds what `create` of this name made.
  const holder = globalThis as unknown as Record<symbol, Value | undefined>;
  return (holder[Symbol.for(`influx-monitoring.${name}`)] ??= create());
}
