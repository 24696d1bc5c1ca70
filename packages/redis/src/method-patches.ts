import { MonitoringError } from '@influx-monitoring/core';

/** A method as this package sees it: nothing is known of what it takes and returns. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;

/**
 * Replaces methods of one object, and puts back what was there.
 *
 * A method that the object only inherits is looked up on its prototype at each call: what somebody patches there
 * afterwards, an APM or a test's spy, is still reached.
 */
export class MethodPatches {
  readonly #target: object;
  readonly #restores: (() => void)[] = [];

  constructor(target: object) {
    this.#target = target;
  }

  /**
   * Puts a method of ours in the place of another.
   *
   * @param create - makes it from a function that calls the replaced one
   * @throws MonitoringError `ERR_NOT_INSTRUMENTABLE` where the object lets nothing be replaced
   */
  replace(name: string, create: (original: Method) => Method): void {
    const target = this.#target;
    const before = Reflect.getOwnPropertyDescriptor(target, name);
    const replacement = create(before === undefined ? inherited(target, name) : (before.value as Method));
    const isReplaced = Reflect.defineProperty(target, name, {
      configurable: true,
      enumerable: before?.enumerable ?? false,
      value: replacement,
      writable: true,
    });
    if (!isReplaced) {
      this.restore();
      throw new MonitoringError(
        'ERR_NOT_INSTRUMENTABLE',
        `instrumentSubscriber(): expected a client whose methods can be replaced, got one whose ${name}() cannot (is it frozen?)`,
      );
    }
    this.#restores.push(() => {
      // Somebody replaced ours since: theirs stays, and what they call in the end passes everything on.
      if (Reflect.getOwnPropertyDescriptor(target, name)?.value !== replacement) return;
      if (before === undefined) Reflect.deleteProperty(target, name);
      else Reflect.defineProperty(target, name, before);
    });
  }

  restore(): void {
    for (const restore of this.#restores.splice(0)) restore();
  }
}

/** Whether an object has, itself or inherited, a method of this name. */
export function hasMethod(target: object, name: string): boolean {
  return typeof Reflect.get(target, name) === 'function';
}

function inherited(target: object, name: string): Method {
  return function lateBound(...args) {
    const prototype: object = Object.getPrototypeOf(target) as object;
    return Reflect.apply(Reflect.get(prototype, name) as Method, this, args);
  };
}
