/**
 * Leases a lane in the main thread and in as many worker threads as its first argument says, or takes just the lane, or
 * the lock file, of its second argument; tells the lanes as JSON and holds them until it is ended.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { leaseLane, tryLeaseLane, type LaneLease } from '../../../src/clock/lane.ts';
import { tryLockFile } from '../../../src/process/lock-file.ts';

if (isMainThread) {
  const [threadCount = '0', lane] = process.argv.slice(2);
  const own = lane === undefined ? leaseLane() : take(lane);
  const workers = Array.from(
    { length: Number(threadCount) },
    () => new Worker(new URL(import.meta.url), { workerData: 0 }),
  );
  const theirs = workers.map((worker) => new Promise((resolve) => worker.once('message', resolve)));
  process.stdout.write(`${JSON.stringify([own, ...(await Promise.all(theirs))])}\n`);
  process.stdin.on('end', () => process.exit()).resume();
} else {
  parentPort?.postMessage(leaseLane());
  // Holds the thread, and with it the lane.
  parentPort?.on('message', () => workerData as unknown);
}

function take(laneOrFile: string): LaneLease {
  if (laneOrFile.startsWith('/')) return { lane: 0, isExclusive: tryLockFile(laneOrFile) };
  return { lane: Number(laneOrFile), isExclusive: tryLeaseLane(Number(laneOrFile)) };
}
