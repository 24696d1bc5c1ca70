/**
 * Waits for a task, but not for ever. Its timer keeps the process alive until then: someone asked to wait.
 *
 * @returns false where the time was over first
 */
export async function endsWithin(timeoutMs: number, task: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const isLate = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, false);
  });
  try {
    return await Promise.race([task.then(() => true), isLate]);
  } finally {
    clearTimeout(timer);
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
