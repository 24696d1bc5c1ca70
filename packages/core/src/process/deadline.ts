/**
 * Waits for a task, but not for ever. Its timer keeps the process alive until then: someone asked to wait.
 *
 * @returns false where the time was over first, or the signal aborted
 */
export async function endsWithin(timeoutMs: number, task: Promise<unknown>, signal?: AbortSignal): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  let giveUp = (): void => undefined;
  const isLate = new Promise<false>((resolve) => {
    giveUp = () => {
      resolve(false);
    };
    timer = setTimeout(giveUp, timeoutMs);
  });
  signal?.addEventListener('abort', giveUp);
  if (signal?.aborted === true) giveUp();
  try {
    return await Promise.race([task.then(() => true), isLate]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

/** Waits for a task, or until a signal aborts, whichever is first. What the task rejects with is thrown. */
export async function untilAborted(task: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) {
    await task;
    return;
  }
  let onAbort = (): void => undefined;
  const aborted = new Promise<void>((resolve) => {
    onAbort = resolve;
  });
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    await Promise.race([task, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
