import { AsyncResource } from 'node:async_hooks';
import { currentMessage, runWithMessage, runWithoutMessage, type MessageContext } from '@influx-monitoring/core';
import { isRecorded, runSynchronouslyWithMessage } from '@influx-monitoring/core/internal';
import type { WebSocket } from 'ws';
import { describe, expect, it } from 'vitest';
import { recordSend, wrapSocket } from '../../src/index.ts';
import { newMessage, pointsOf, startMonitoring } from '../support/monitored.ts';
import { WS_VERSIONS, called, receive, startSocket, stopReading } from '../support/real-ws.ts';

const idsOf = async (monitoring: ReturnType<typeof startMonitoring>): Promise<unknown[]> =>
  (await pointsOf(monitoring, 'ws_requests')).map(({ fields }) => fields['request_id']);

/** Sends again in the callback of the first send; resolves when that is over, too. */
function sendTwice(socket: WebSocket, options: { readonly fin?: boolean } = {}): Promise<unknown[]> {
  return called((callback) => {
    socket.send('first', options, () => {
      socket.send('second', { fin: true }, callback);
    });
  });
}

describe.each(WS_VERSIONS)('a send in the callback of another, on ws $version', ({ ws }) => {
  it.each([
    ['compressed', { threshold: 0 }],
    ['not compressed', false as const],
  ])('belongs to the message that the other one belongs to: %s', async (_name, perMessageDeflate) => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws, { perMessageDeflate });
    wrapSocket(socket, { monitoring });
    for (const id of ['A', 'B', 'C']) await runWithMessage(newMessage(id), () => sendTwice(socket));
    await sendTwice(socket);
    await runSynchronouslyWithMessage(newMessage('D'), () => sendTwice(socket));
    expect(await idsOf(monitoring)).toEqual(['A', 'A', 'B', 'B', 'C', 'C', 'D', 'D']);
    expect(monitoring.stats().counters).toEqual({ ws_send_without_context: 2 });
  });

  it('belongs to it under backpressure, where ws calls back in the context of another', async () => {
    const monitoring = startMonitoring();
    const { client, socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    const reading = stopReading(client);
    const bulk = Buffer.alloc(1024 * 1024);
    const ids = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
    const seen: unknown[] = [];
    const isOver = ids.map((id) =>
      called((callback) => {
        runWithMessage(newMessage(id), () => {
          socket.send(bulk, () => {
            seen.push(currentMessage()?.requestId);
            socket.send('second', callback);
          });
        });
      }),
    );
    reading.resume();
    await Promise.all(isOver);
    expect(seen).toEqual(ids);
    expect((await idsOf(monitoring)).sort()).toEqual(ids.flatMap((id) => [id, id]));
  });

  it('belongs to it after a fragment', async () => {
    const monitoring = startMonitoring();
    const { client, socket } = await startSocket(ws, { perMessageDeflate: { threshold: 0 } });
    wrapSocket(socket, { monitoring });
    const received = receive(client, 2);
    for (const id of ['A', 'B']) await runWithMessage(newMessage(id), () => sendTwice(socket, { fin: false }));
    expect((await received).map(String)).toEqual(['firstsecond', 'firstsecond']);
    expect(await idsOf(monitoring)).toEqual(['A', 'B']);
  });

  it('belongs to it where the first one failed', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    socket.terminate();
    const seen = await runWithMessage(newMessage('A'), () =>
      called((callback) => {
        socket.send('late', (error) => {
          callback(currentMessage()?.requestId, isRecorded(error, monitoring));
        });
      }),
    );
    expect(seen).toEqual(['A', true]);
  });
});

describe('a send of what outlives its message', () => {
  const [{ ws } = { ws: undefined }] = WS_VERSIONS;
  if (ws === undefined) throw new Error('there is a version of ws');

  function messageOfAge(seconds: number): MessageContext {
    return { ...newMessage('old'), receivedAtMs: performance.now() - seconds * 1000 };
  }

  const sendNow = (socket: WebSocket): Promise<unknown[]> =>
    called((callback) => {
      socket.send('x', callback);
    });

  it('has no message within runWithoutMessage', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    await runWithMessage(newMessage(), () => runWithoutMessage(() => sendNow(socket)));
    expect(await idsOf(monitoring)).toEqual([]);
    expect(monitoring.stats().counters).toEqual({ ws_send_without_context: 1 });
  });

  it('has no message that is too old for its monitoring, and says so', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    await runWithMessage(messageOfAge(59), () => sendNow(socket));
    await runWithMessage(messageOfAge(61), () => sendNow(socket));
    recordSend(socket, messageOfAge(61))();
    expect(await idsOf(monitoring)).toEqual(['old']);
    expect(monitoring.stats().counters).toEqual({ message_too_old: 2, ws_send_without_context: 2 });
  });

  it('is told anew in each turn: a message that was young grows old', async () => {
    const monitoring = startMonitoring({ maxMessageAgeSeconds: 0.1 });
    const { socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    const send = runWithMessage(messageOfAge(0), () => AsyncResource.bind(() => sendNow(socket)));
    await send();
    // Time itself is what is tested here.
    await new Promise((resolve) => setTimeout(resolve, 120));
    await send();
    expect(await idsOf(monitoring)).toEqual(['old']);
  });
});
