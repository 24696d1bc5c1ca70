import fs, { lstatSync, readlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { OWNER_FILE } from './names.ts';
import { runOutsideContext } from '../process/outside-context.ts';
import { PRIVATE_FILE_MODE, readRegularFileSync } from '../process/private-files.ts';

/** How often the owner file is touched, in milliseconds. */
export const HEARTBEAT_INTERVAL_MS = 10_000;

/** What is larger is no owner file of ours. */
const MAX_OWNER_BYTES = 4096;

/** An owner that cannot be asked, since it runs elsewhere, is dead after this long without a heartbeat, in milliseconds. */
export const STALE_AFTER_MS = 60_000;

/**
 * Marks a folder as this process's until the process ends, even by `kill -9`.
 *
 * A process of the same host sees that by a socket's name, which the kernel gives to one process at a time and takes
 * back with it: a process id that is used again cannot fool it. One that cannot see the socket (another container, host
 * or operating system) goes by the heartbeat.
 */
export class FolderLock {
  readonly #ownerFile: string;
  #socket: Server | undefined;

  /** @throws what the file system throws */
  constructor(folder: string) {
    this.#socket = tryListen(folder);
    this.#ownerFile = join(folder, OWNER_FILE);
    const place = this.#socket === undefined ? undefined : socketPlace();
    writeFileSync(this.#ownerFile, JSON.stringify({ place, pid: process.pid }), { mode: PRIVATE_FILE_MODE });
  }

  /** Says that the owner lives. @throws where the folder is gone or cannot be written */
  async beat(): Promise<void> {
    const now = new Date();
    await fs.promises.utimes(this.#ownerFile, now, now);
  }

  release(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }
}

/**
 * Whether a folder's owner is dead. Where it is, nobody else of this host is told so until `release` is called.
 *
 * @returns `undefined` for an owner that lives, or may
 *
 * @example
 * ```ts
 * import { claimSpoolQueue } from '@influx-monitoring/core/spool';
 *
 * const claim = claimSpoolQueue('/var/spool/shop/queue-1');
 * if (claim === undefined) console.log('its process lives');
 * claim?.release();
 * ```
 */
export function claimDeadFolder(folder: string): { release(): void } | undefined {
  const ownerPlace = placeOfOwner(folder);
  const place = socketPlace();
  if (place === undefined || ownerPlace !== place) return isStale(folder) ? { release: () => undefined } : undefined;
  const socket = tryListen(folder);
  return socket === undefined ? undefined : { release: () => void socket.close() };
}

function placeOfOwner(folder: string): string | undefined {
  try {
    const owner: unknown = JSON.parse(readRegularFileSync(join(folder, OWNER_FILE), MAX_OWNER_BYTES).toString());
    const isOwner = typeof owner === 'object' && owner !== null && 'place' in owner;
    return isOwner && typeof owner.place === 'string' ? owner.place : undefined;
  } catch {
    return undefined;
  }
}

function isStale(folder: string): boolean {
  for (const path of [join(folder, OWNER_FILE), folder]) {
    try {
      return Date.now() - lstatSync(path).mtimeMs > STALE_AFTER_MS;
    } catch {
      // No owner file: its process died while it made the folder, or is making it just now.
    }
  }
  return false;
}

/** Where sockets' names can be seen: two processes with the same place see each other's. */
function socketPlace(): string | undefined {
  if (process.platform === 'win32') return hostname();
  if (process.platform !== 'linux') return undefined;
  try {
    // Containers on one volume may have one host name, and cannot see each other's sockets.
    return `${hostname()} ${readlinkSync('/proc/self/ns/net')}`;
  } catch {
    return undefined;
  }
}

function tryListen(folder: string): Server | undefined {
  if (socketPlace() === undefined) return undefined;
  const name = `influx-monitoring-${basename(folder)}`;
  const path = process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : `\0${name}`;
  return runOutsideContext(() => {
    const server = createServer((socket) => socket.destroy());
    // A taken name is told on the next tick, too late to be of use; `listening` is right at once.
    server.on('error', () => undefined);
    server.listen({ path, exclusive: true });
    server.unref();
    return server.listening ? server : undefined;
  });
}
