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
