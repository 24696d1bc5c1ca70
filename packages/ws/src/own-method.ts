/** A method as an object's own property, put before the one of its prototype. */
export type Method = (this: never, ...args: never[]) => unknown;

/**
 * Puts a method before an object's own or inherited one, where `Object.keys` and `for in` do not see it.
 *
 * @returns the own property that was there, to be given back to `removeOwnMethod`
 */
export function putOwnMethod(target: object, name: string, method: Method): PropertyDescriptor | undefined {
  const earlier = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { configurable: true, enumerable: false, value: method, writable: true });
  return earlier;
}

/**
 * Takes away a method that `putOwnMethod` put there.
 *
 * @returns false where somebody has put another method over it since, which then stays
 */
export function removeOwnMethod(
  target: object,
  name: string,
  method: Method,
  earlier: PropertyDescriptor | undefined,
): boolean {
  if (Object.getOwnPropertyDescriptor(target, name)?.value !== method) return false;
  // The last property added is the first to go: V8 then goes back to the shape it came from, and not to a dictionary.
  if (earlier === undefined) Reflect.deleteProperty(target, name);
  else Object.defineProperty(target, name, earlier);
  return true;
}

/**
 * The method that stands behind one put by `putOwnMethod`: looked up at each call, so that a prototype patched later
 * (a tracer, a stub of a test) is seen.
 */
export function methodBehind(target: object, name: string, earlier: PropertyDescriptor | undefined): Method {
  // What is wrapped was checked to have the method, on itself or on its prototype.
  if (earlier !== undefined) return earlier.value as Method;
  // A plain read, for Reflect.get costs 20 ns more and this stands in the way of every send.
  return (Object.getPrototypeOf(target) as Readonly<Record<string, Method>>)[name] as Method;
}
