import type { InstrumentationInit } from './instrumentation.ts';
import { hasMethod, type MethodPatches } from './method-patches.ts';

/** Makes `duplicate()` of a client return an instrumented one, where that is wanted. */
export function patchDuplicate(target: object, patches: MethodPatches, init: InstrumentationInit): void {
  const { instrumentDuplicate } = init;
  if (instrumentDuplicate === undefined || !hasMethod(target, 'duplicate')) return;
  patches.replace(
    'duplicate',
    (original) =>
      function (...args) {
        const duplicate = Reflect.apply(original, this, args);
        instrumentDuplicate(duplicate);
        return duplicate;
      },
  );
}
