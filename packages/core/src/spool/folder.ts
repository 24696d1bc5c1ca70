import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { threadId } from '../points/thread-id.ts';
import { codeOf } from '../process/error-text.ts';
import { FolderLock, HEARTBEAT_INTERVAL_MS } from './lock.ts';
import { CURSOR_SUFFIX, isCompanionName, QUEUE_PREFIX, SEGMENT_SUFFIX } from './names.ts';
import { isRealFolder, makeFolder } from '../process/private-files.ts';
import { Segment } from './segment/segment.ts';

const BROKEN_FOLDER = 'broken';
const MAX_HOST_LENGTH = 32;
const TIME_DIGITS = 15;
const SEQUENCE_DIGITS = 6;

/**
 * This process's folder in the spool folder:
 *
 * ```
 * spool/queue-<host>-<pid>-<thread>-<random>/owner.json
 *                                            <time>-<sequence>-<random>.segment    oldest first by name
 *                                            <time>-<sequence>-<random>.segment.cursor
 *       queue-…/                             another process's
 *       broken/                              segments that could not be read
 *       dead-letters/                        lines that the database refuses
 * ```
 */
export class QueueFolder {
  readonly root: string;
  readonly path: string;
  readonly #id = randomBytes(6).toString('hex');
  #sequence = 0;
  #lock: FolderLock | undefined;
  #beatAtMs = 0;

  constructor(root: string) {
    this.root = root;
    const host = hostname()
      .replace(/[^\w.]/g, '_')
      .slice(0, MAX_HOST_LENGTH);
    this.path = join(root, `${QUEUE_PREFIX}${host}-${String(process.pid)}-${String(threadId())}-${this.#id}`);
  }

  /** Makes the folder unless it is there. @throws what the file system throws */
  prepare(): void {
    if (this.#lock !== undefined) return;
    makeFolder(this.path);
    this.#lock = new FolderLock(this.path);
    this.#beatAtMs = performance.now();
  }

  /** Makes a segment, later by name than all of this process. @throws what the file system throws */
  createSegment(): Segment {
    this.prepare();
    this.#sequence += 1;
    const time = String(Date.now()).padStart(TIME_DIGITS, '0');
    const sequence = String(this.#sequence).padStart(SEQUENCE_DIGITS, '0');
    return Segment.create(join(this.path, `${time}-${sequence}-${this.#id}${SEGMENT_SUFFIX}`));
  }

  /** Makes new names in the folder survive a power failure. */
  syncNames(): void {
    const folder = openSync(this.path, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }

  /**
   * Keeps a segment that cannot be read, where nobody deletes it.
   *
   * @param isCopied - true to leave it where it is, too
   * @throws what the file system throws
   */
  moveAside(path: string, name: string, isCopied: boolean): void {
    const broken = join(this.root, BROKEN_FOLDER);
    makeFolder(broken);
    if (!isRealFolder(broken)) throw new Error(`"${BROKEN_FOLDER}" in the spool folder is no folder of ours`);
    if (isCopied) {
      copyFileSync(path, join(broken, name), constants.COPYFILE_EXCL);
      return;
    }
    renameSync(path, join(broken, name));
    unlinkSafely(path + CURSOR_SUFFIX);
  }

  /** Says now and then that this process lives; where someone took its folder over, it makes it anew. */
  async beat(): Promise<void> {
    const nowMs = performance.now();
    if (this.#lock === undefined || nowMs - this.#beatAtMs < HEARTBEAT_INTERVAL_MS) return;
    this.#beatAtMs = nowMs;
    try {
      await this.#lock.beat();
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') return;
      this.#lock.release();
      this.#lock = undefined;
    }
  }

  /** Leaves the folder to others, and takes it away where nothing is in it. */
  leave(): void {
    if (this.#lock === undefined) return;
    removeEmptyQueue(this.path);
    this.#lock.release();
    this.#lock = undefined;
  }
}

/**
 * Takes a process's folder away where nothing is in it but what stands beside segments. Only its owner, or who claimed it
 * from a dead one, may.
 */
export function removeEmptyQueue(path: string): void {
  try {
    const names = readdirSync(path);
    if (!names.every(isCompanionName)) return;
    for (const name of names) unlinkSync(join(path, name));
    rmdirSync(path);
  } catch {
    // It stays, empty, for the next process to take away.
  }
}

function unlinkSafely(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was not there, or stays: it does no harm.
  }
}
