/** What marks a prototype that was put between, whichever copy of this package did it. */
const LAYER = Symbol.for('influx-monitoring.redis.prototype-layer');

/**
 * A prototype of ours between objects and their own prototype. So thousands of Sets share one set of methods, and an
 * object shows nothing of it.
 */
export class PrototypeLayer<Target extends object> {
  /** Ours for each prototype that an object had: one, unless objects come from several realms. */
  readonly #layers = new Map<object, object>();
  readonly #createMethods: (base: Target) => Record<PropertyKey, unknown>;

  /** @param createMethods - makes the methods, from the prototype that has those of the object */
  constructor(createMethods: (base: Target) => Record<PropertyKey, unknown>) {
    this.#createMethods = createMethods;
  }

  /** Puts it under an object; returns false where there is one, or where the object is not to be changed. */
  put(target: Target): boolean {
    // Every prototype of a Map or a Set has their methods.
    const base = Object.getPrototypeOf(target) as Target;
    return !(LAYER in base) && Reflect.setPrototypeOf(target, this.#layerOver(base));
  }

  /** Takes it away again; an object that has another one stays as it is. */
  take(target: Target): void {
    const layer: unknown = Object.getPrototypeOf(target);
    for (const [base, ours] of this.#layers) if (layer === ours) Object.setPrototypeOf(target, base);
  }

  #layerOver(base: Target): object {
    let layer = this.#layers.get(base);
    if (layer === undefined) {
      const methods = { ...this.#createMethods(base), [LAYER]: true };
      layer = Object.create(base, Object.getOwnPropertyDescriptors(methods)) as object;
      for (const key of Reflect.ownKeys(layer)) Object.defineProperty(layer, key, { enumerable: false });
      this.#layers.set(base, layer);
    }
    return layer;
  }
}
