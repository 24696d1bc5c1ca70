import { replaceMethod, type Method, type Patch } from '@influx-monitoring/core/internal';

/** Whether a replacement still does its work: one that is off only calls the original. */
export interface ReplacementState {
  isOn: boolean;
}

/** Makes the method that stands in another's place. */
export type CreateReplacement = (original: Method, state: ReplacementState) => Method;

interface PatchedMethod {
  readonly target: object;
  readonly name: string;
  readonly create: CreateReplacement;
  readonly patches: Patch[];
  state: ReplacementState;
}

/** The methods that were replaced on one client. */
export class PatchedMethods {
  readonly #methods: PatchedMethod[] = [];
  readonly #onRefused: (name: string) => void;

  /** @param onRefused - told of each method that the client does not let be replaced */
  constructor(onRefused: (name: string) => void) {
    this.#onRefused = onRefused;
  }

  /**
   * Replaces a method, where the object has it; puts the replacement back where somebody took it away since.
   *
   * @returns whether a call reaches a replacement
   */
  replace(target: object, name: string, create: CreateReplacement): boolean {
    const known = this.#methods.find((method) => method.target === target && method.name === name);
    const method = known ?? { target, name, create, patches: [], state: { isOn: false } };
    if (known?.patches.at(-1)?.isReached() === true) return true;
    const state = { isOn: true };
    const patch = replaceMethod(target, name, (original) => create(original, state));
    if (patch === undefined) {
      if (known === undefined && hasMethod(target, name)) this.#onRefused(name);
      return false;
    }
    // One that lies below another tool's method would see everything twice.
    method.state.isOn = false;
    method.state = state;
    method.patches.push(patch);
    if (known === undefined) this.#methods.push(method);
    return true;
  }

  /** Puts back what was there; what somebody put over ours stays, and what it calls of ours only calls the original. */
  undo(): void {
    for (const { patches, state } of this.#methods.splice(0).reverse()) {
      state.isOn = false;
      for (const patch of patches.reverse()) patch.undo();
    }
  }
}

/** Whether an object has, itself or inherited, a method of this name. */
export function hasMethod(target: object, name: string): boolean {
  return typeof Reflect.get(target, name) === 'function';
}
