/** Something took longer than it may. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/**
 * Runs something with a signal that is aborted after a time, or with another one. It settles then, whatever the
 * operation does.
 *
 * Not AbortSignal.any with AbortSignal.timeout: in Node 20.20 the second is collected while only the first points to it,
 * and never fires, listeners or not.
 *
 * @throws DeadlineError after the time given, the reason of the other signal, or what the operation throws
 */
export async function withDeadline<Value>(
  timeoutMs: number,
  other: AbortSignal,
  operation: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const controller = new AbortController();
  const { signal } = controller;
  const timer = setTimeout(() => {
    controller.abort(new DeadlineError('no answer in time'));
  }, timeoutMs);
  const pass = (): void => {
    controller.abort(other.reason);
  };
  other.addEventListener('abort', pass, { once: true });
  if (other.aborted) pass();
  try {
    return await Promise.race([operation(signal), aborted(signal)]);
  } finally {
    clearTimeout(timer);
    other.removeEventListener('abort', pass);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = (): void => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
