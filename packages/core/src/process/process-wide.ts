/**
 * What must be one for the process lives on `globalThis`, since an ESM and a CommonJS copy of a package may both be
 * loaded: the clock, the message context, the default monitoring, the data of requests.
 *
 * It stands there behind a function: Jest clears the plain data of globals between test files, and what a hook into Node
 * still needs would be gone.
 *
 * @param name - what is kept, with the package that keeps it: `core.clock`
 * @param version - of the shape of what is kept; a copy that knows another shape has a place of its own
 */
export function processWide<Value>(name: string, version: number, create: () => Value): Value {
  return kept(globalThis, Symbol.for(`influx-monitoring.${name}.${String(version)}`), create);
}

/**
 * The state of a hook into something that all copies of a package share, though each may have a `globalThis` of its own
 * (a prototype or function of Node's under Jest, which gives each test file its own globals): it stands on what is
 * hooked, under a symbol. The first copy installs the hook, the others find its state.
 *
 * @param owner - what is hooked
 * @param name - of the hook, with the package that installs it: `express.responses`
 * @param version - of the shape of the state
 */
export function hookState<State>(owner: object, name: string, version: number, install: () => State): State {
  return kept(owner, Symbol.for(`influx-monitoring.${name}.${String(version)}`), install);
}

/** Forgets the state of a hook that was taken away, so that the next `hookState` installs it again. */
export function forgetHookState(owner: object, name: string, version: number): void {
  Reflect.deleteProperty(owner, Symbol.for(`influx-monitoring.${name}.${String(version)}`));
}

function kept<Value>(owner: object, key: symbol, create: () => Value): Value {
  const getter: unknown = Object.getOwnPropertyDescriptor(owner, key)?.value;
  // The key is ours, so what stands under it is what the line below put there.
  if (typeof getter === 'function') return (getter as () => Value)();
  const value = create();
  Object.defineProperty(owner, key, { configurable: true, enumerable: false, value: () => value });
  return value;
}
