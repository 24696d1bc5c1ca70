import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { PRIVATE_FILE_MODE, readRegularFileSync } from './private-files.ts';

/** What is larger holds no process id of ours. */
const MAX_PID_BYTES = 32;

/**
 * Makes a file that is this process's until it ends, where the system has no better lock. One that a killed process
 * left behind is taken over.
 *
 * @returns false where a process that runs has it, this one included, or where no file can be made
 */
export function tryLockFile(path: string): boolean {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const file = openSync(path, 'wx', PRIVATE_FILE_MODE);
      writeSync(file, String(process.pid));
      closeSync(file);
      process.once('exit', () => {
        removeFile(path);
      });
      return true;
    } catch {
      if (!isLeftBehind(path)) return false;
      removeFile(path);
    }
  }
  return false;
}

function isLeftBehind(path: string): boolean {
  try {
    process.kill(Number(readRegularFileSync(path, MAX_PID_BYTES)), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Another process was faster; the lease is decided by who creates the file.
  }
}
