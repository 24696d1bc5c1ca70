import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MAX_BYTES = 150;

it('takes at most 150 bytes a socket, for 10,000 sockets', async () => {
  const program = fileURLToPath(new URL('memory-of-sockets.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--expose-gc',
    '--conditions=@influx-monitoring/source',
    '--import=tsx',
    program,
  ]);
  const { bytesPerSocket, restoredBytesPerSocket } = JSON.parse(stdout) as Record<string, number>;
  expect(bytesPerSocket).toBeGreaterThan(0);
  expect(bytesPerSocket).toBeLessThanOrEqual(MAX_BYTES);
  // Unwrapped sockets hold nothing more, but for the room that V8 keeps beside an object that once grew.
  expect(restoredBytesPerSocket).toBeLessThan(bytesPerSocket ?? 0);
});
