/** A method as a patch sees it: nothing is known of what it takes and returns. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** A method that was replaced. */
export interface Patch {
  /** The method that stands in the place of the other. */
  readonly replacement: Method;
  /**
   * Whether a call reaches the replacement: false once somebody deleted it or put another method over it.
   *
   * A method put over it may well call it in the end; that cannot be seen from outside.
   */
  isReached(): boolean;
  /**
   * Puts back what was there.
   *
   * @returns false where somebody has put another method over it since, which then stays
   */
  undo(): boolean;
}

/**
 * Replaces one method of an object, as its own property that `Object.keys` and `for in` do not see unless they saw the
 * one before. The replacement has the name and the number of parameters of the original.
 *
 * A method that the object only inherits is looked up on its prototype at each call: what somebody patches there
 * afterwards, a tracer or a test's spy, is still reached.
 *
 * @param create - makes the replacement from a function that calls the original
 * @returns `undefined` where the object has no such method, or lets nothing be replaced (it is frozen)
 */
export function replaceMethod(
  target: object,
  name: PropertyKey,
  create: (original: Method) => Method,
): Patch | undefined {
  const before = Reflect.getOwnPropertyDescriptor(target, name);
  const present: unknown = Reflect.get(target, name);
  if (typeof present !== 'function') return undefined;
  // What an own property holds is called as it is; an accessor's value is what it gives now.
  const original = before === undefined ? inheritedMethod(target, name) : (present as Method);
  const replacement = create(original);
  for (const property of ['name', 'length'] as const) {
    Object.defineProperty(replacement, property, { configurable: true, value: present[property] });
  }
  if (!coverMethod(target, name, replacement)) return undefined;
  return {
    replacement,
    isReached: () => Reflect.get(target, name) === replacement,
    undo: () => uncoverMethod(target, name, replacement, before),
  };
}

/**
 * Puts a function before a method of an object, as `replaceMethod` does, but with nothing made for the object: one
 * function serves any number of them, which is what thousands of sockets can afford.
 *
 * What stood there, `Object.getOwnPropertyDescriptor(target, name)`, is the caller's to keep for the two below.
 *
 * @returns false where the object lets nothing be replaced
 */
export function coverMethod(target: object, name: PropertyKey, cover: Method): boolean {
  const enumerable = Reflect.getOwnPropertyDescriptor(target, name)?.enumerable ?? false;
  return Reflect.defineProperty(target, name, { configurable: true, enumerable, value: cover, writable: true });
}

/**
 * Takes away what `coverMethod` put there.
 *
 * @param before - the own property that was there
 * @returns false where somebody has put another method over it since, which then stays
 */
export function uncoverMethod(
  target: object,
  name: PropertyKey,
  cover: Method,
  before: PropertyDescriptor | undefined,
): boolean {
  if (Reflect.getOwnPropertyDescriptor(target, name)?.value !== cover) return false;
  // The last property added is the first to go: V8 then goes back to the shape it came from, and not to a dictionary.
  return before === undefined ? Reflect.deleteProperty(target, name) : Reflect.defineProperty(target, name, before);
}

/**
 * The method that stands behind a cover: looked up at each call, so that a prototype patched later is seen.
 *
 * @param before - the own property that was there
 */
export function methodBehind(target: object, name: PropertyKey, before: PropertyDescriptor | undefined): Method {
  // What was covered was a method.
  if (before !== undefined) return before.value as Method;
  // A plain read, for Reflect.get costs 20 ns more and this stands in the way of every send.
  return (Object.getPrototypeOf(target) as Readonly<Record<PropertyKey, Method>>)[name] as Method;
}

/** The first object of a prototype chain that has a property itself; `undefined` where none has. */
export function ownerOf(target: object, name: PropertyKey): object | undefined {
  let each: object | null = target;
  // What a prototype chain ends with is null.
  while (each !== null && !Object.hasOwn(each, name)) each = Object.getPrototypeOf(each) as object | null;
  return each ?? undefined;
}

/** Calls the method that the object's prototype has at the time of the call. */
function inheritedMethod(target: object, name: PropertyKey): Method {
  return function inherited(...args) {
    // It was there when the method was replaced; should it be gone, calling it fails as it would without us.
    return Reflect.apply(methodBehind(target, name, undefined), this, args);
  };
}
