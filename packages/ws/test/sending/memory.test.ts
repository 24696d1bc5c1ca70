import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MAX_BYTES = 150;

/**
 * V8 from Node 22 on may give an object that loses a property a dictionary of all its properties, 1.4 KiB for a socket,
 * where Node 20 goes back to the shape it came from.
 */
const MAX_DICTIONARY_BYTES = 1600;

it('takes at most 150 bytes a socket', async () => {
  const program = fileURLToPath(new URL('../support/memory-of-sockets.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    '--conditions=@influx-monitoring/source',
    '--import=tsx',
    program,
  ]);
  const { bytesPerSocket, restoredBytesPerSocket } = JSON.parse(stdout) as Record<string, number>;
  expect(bytesPerSocket).toBeGreaterThan(0);
  expect(bytesPerSocket).toBeLessThanOrEqual(MAX_BYTES);
  // Unwrapped sockets hold nothing more of ours, but for the room that V8 keeps beside an object that once grew.
  expect(restoredBytesPerSocket).toBeLessThan(process.version.startsWith('v20.') ? MAX_BYTES : MAX_DICTIONARY_BYTES);
});
