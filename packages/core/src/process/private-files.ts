import fs, {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  type Stats,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { codeOf } from './error-text.ts';

/** What is in a spool is for nobody else to read. */
export const PRIVATE_FILE_MODE = 0o600;
const PRIVATE_FOLDER_MODE = 0o700;

/** A pipe does not hold the process, and a link that comes in between is not followed. Windows has neither flag. */
const READ_FLAGS =
  constants.O_RDONLY |
  ((constants as Partial<typeof constants>).O_NOFOLLOW ?? 0) |
  ((constants as Partial<typeof constants>).O_NONBLOCK ?? 0);

/**
 * Makes a folder and those above it that are missing, one by one: Node's own recursive way never ends below `/proc`.
 *
 * @throws what the file system throws
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let each = resolve(path); !existsSync(each) && dirname(each) !== each; each = dirname(each)) missing.push(each);
  for (const each of missing.reverse()) {
    try {
      mkdirSync(each, PRIVATE_FOLDER_MODE);
    } catch (error) {
      // Another process was faster.
      if (codeOf(error) !== 'EEXIST' || !isRealFolder(each)) throw error;
    }
  }
}

/** Whether a path is a folder, and no link to one. */
export function isRealFolder(path: string): boolean {
  try {
    return lstatSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** How many bytes a file has that has no other name and is no link, pipe or device; `undefined` for all else. */
export function regularFileBytes(path: string): number | undefined {
  try {
    return checkRegular(lstatSync(path), Infinity).size;
  } catch {
    return undefined;
  }
}

/**
 * Reads a file that may have been put there by anybody: nothing but a regular file of a size that is ours.
 *
 * @throws what the file system throws, and where it is no such file
 */
export async function readRegularFile(path: string, maxBytes: number): Promise<Buffer> {
  // Before it is opened: that alone may do something with a device.
  // By the property: Node's module comes with the first spool or file, and takes 1.2 MiB with its parts.
  checkRegular(await fs.promises.lstat(path), maxBytes);
  const file = await fs.promises.open(path, READ_FLAGS);
  try {
    const { size } = checkRegular(await file.stat(), maxBytes);
    const bytes = Buffer.allocUnsafeSlow(size);
    let length = 0;
    while (length < size) {
      const { bytesRead } = await file.read(bytes, length, size - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

/** The same now, for small files. */
export function readRegularFileSync(path: string, maxBytes: number): Buffer {
  checkRegular(lstatSync(path), maxBytes);
  const file = openSync(path, READ_FLAGS);
  try {
    const { size } = checkRegular(fstatSync(file), maxBytes);
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, readSync(file, bytes, 0, size, 0));
  } finally {
    closeSync(file);
  }
}

function checkRegular(stats: Stats, maxBytes: number): Stats {
  if (!stats.isFile()) throw new Error('not a regular file');
  // What has another name, too, would be changed under that.
  if (stats.nlink > 1) throw new Error('a file with several names');
  if (stats.size > maxBytes) throw new Error(`larger than the ${String(maxBytes)} bytes that it may have`);
  return stats;
}
