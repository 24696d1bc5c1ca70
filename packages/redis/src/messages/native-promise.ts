/**
 * Whether `then` of this value does nothing but wait: that of a query builder's thenable would send the query, and a
 * subclass may be as lazy.
 */
export function isNativePromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && value.then === Promise.prototype.then;
}
