import type { Dispatch } from '../messages/dispatch.ts';
import type { PatchedMethods } from './patched-methods.ts';

/** Makes `duplicate()` of a client return one that is instrumented for every monitoring that wants it. */
export function replaceDuplicate(target: object, methods: PatchedMethods, dispatch: Dispatch): void {
  methods.replace(
    target,
    'duplicate',
    (original, state) =>
      function (...args) {
        const duplicate = Reflect.apply(original, this, args);
        if (state.isOn) dispatch.duplicated(duplicate);
        return duplicate;
      },
  );
}
