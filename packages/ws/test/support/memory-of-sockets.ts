import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { WebSocket } from 'ws';
import { unwrapSocket, wrapSocket } from '../../src/index.ts';

/**
 * Run by memory.test.ts in a process of its own: prints what wrapping costs in bytes of heap. So many that what the
 * engine compiles and drops meanwhile, up to 0.3 MiB, is 8 bytes a socket.
 */
const SOCKETS = 40_000;

const monitoring = new LunaRequestInfluxMonitoring();

function makeSockets(count: number): { readonly socket: WebSocket; readonly accountId: string }[] {
  return Array.from({ length: count }, (_nothing, index) => ({
    // A client without an address is the bare object that a server makes for each connection.
    socket: new WebSocket(null as never, undefined, { autoPong: true }),
    accountId: `account-${String(index)}`,
  }));
}

/** Bytes of heap in use after all garbage is gone. */
async function usedBytes(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  for (let round = 0; round < 6; round += 1) {
    globalThis.gc();
    // What finalizers hold goes in a turn of its own.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

// On other sockets first: what is compiled and learned on the way is not to be counted.
for (const { socket, accountId } of makeSockets(1000)) unwrapSocket(wrapSocket(socket, { monitoring, accountId }));

const sockets = makeSockets(SOCKETS);
const before = await usedBytes();
for (const { socket, accountId } of sockets) wrapSocket(socket, { monitoring, accountId });
const wrapped = await usedBytes();
for (const { socket } of sockets) unwrapSocket(socket);
const restored = await usedBytes();
process.stdout.write(
  JSON.stringify({
    bytesPerSocket: (wrapped - before) / SOCKETS,
    restoredBytesPerSocket: (restored - before) / SOCKETS,
  }),
);
await monitoring.stop();
