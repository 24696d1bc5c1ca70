import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createConnection, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { encodeMessage, Viewer } from '../../src/streams/viewer.ts';
import { serve } from '../support/points.ts';

const MESSAGE = encodeMessage('tick', 'b.1', { filler: 'x'.repeat(1024 * 1024) });
const MAX_MESSAGES = 200;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A viewer whose client has asked for the stream and reads nothing. */
async function openIdle(): Promise<{ readonly client: Socket; readonly res: ServerResponse; readonly viewer: Viewer }> {
  let resolveResponse: (res: ServerResponse) => void;
  const asked = new Promise<ServerResponse>((resolve) => (resolveResponse = resolve));
  const server = await serve((_req, res) => {
    resolveResponse(res);
  });
  const client = createConnection(server.port, '127.0.0.1').pause();
  ends.push(server.close, () => client.destroy());
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const res = await asked;
  return { client, res, viewer: new Viewer(res, 5) };
}

/** Sends until the client's and the kernel's buffers are full. @returns how many messages that took */
function fill(viewer: Viewer): number {
  for (let count = 0; count < MAX_MESSAGES; count += 1) {
    if (!viewer.takesMessage()) return count;
    viewer.send(MESSAGE);
  }
  return MAX_MESSAGES;
}

describe('a slow viewer', () => {
  it('has at most one message waiting in memory, and is sent away when it does not catch up', async () => {
    const { res, viewer } = await openIdle();
    viewer.needsWhole = false;
    expect(fill(viewer)).toBeLessThan(MAX_MESSAGES);
    expect(res.writableLength).toBeLessThan(2 * MESSAGE.length);
    expect(viewer.needsWhole).toBe(true);
    for (let tick = 0; tick < 15; tick += 1) {
      expect(res.destroyed).toBe(false);
      expect(viewer.takesMessage()).toBe(false);
    }
    expect(res.destroyed).toBe(true);
    expect(viewer.takesMessage()).toBe(false);
  });

  it('gets a whole snapshot once it has caught up', async () => {
    const { client, res, viewer } = await openIdle();
    viewer.needsWhole = false;
    fill(viewer);
    for (let tick = 0; tick < 10; tick += 1) viewer.takesMessage();
    const drained = once(res, 'drain');
    client.resume();
    await drained;
    expect(viewer.takesMessage()).toBe(true);
    expect(viewer.needsWhole).toBe(true);
    // Its patience begins anew: this time it is not sent away after five more.
    client.pause();
    fill(viewer);
    for (let tick = 0; tick < 14; tick += 1) viewer.takesMessage();
    expect(res.destroyed).toBe(false);
  });
});
