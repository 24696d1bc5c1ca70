import { runWithMessage } from '@influx-monitoring/core';
import type { WebSocket } from 'ws';
import { describe, expect, it } from 'vitest';
import { unwrapSocket, wrapSocket } from '../../src/index.ts';
import { newMessage, pointsOf, startMonitoring } from '../support/monitored.ts';
import { WS_VERSIONS, receive, startSocket } from '../support/real-ws.ts';

type Callback = (this: unknown, ...parameters: unknown[]) => void;

/** Every form in which `send` may be called with a callback. */
const FORMS: readonly { form: string; since?: string; send: (socket: WebSocket, callback: Callback) => void }[] = [
  {
    form: '(text, callback)',
    send: (socket, callback) => {
      socket.send('text', callback);
    },
  },
  {
    form: '(text, options, callback)',
    send: (socket, callback) => {
      socket.send('text', { compress: false }, callback);
    },
  },
  {
    form: '(text, undefined, callback)',
    send: (socket, callback) => {
      untyped(socket).send('text', undefined, callback);
    },
  },
  {
    form: '(text, null, callback)',
    send: (socket, callback) => {
      untyped(socket).send('text', null, callback);
    },
  },
  {
    form: '(text, callback, ignored callback)',
    send: (socket, callback) => {
      untyped(socket).send('text', callback, fail);
    },
  },
  {
    form: '(number, callback)',
    send: (socket, callback) => {
      socket.send(42, callback);
    },
  },
  {
    form: '(zero, callback)',
    send: (socket, callback) => {
      socket.send(0, callback);
    },
  },
  {
    form: '(nothing, options, callback)',
    send: (socket, callback) => {
      untyped(socket).send(undefined, {}, callback);
    },
  },
  {
    form: '(empty text, callback)',
    send: (socket, callback) => {
      socket.send('', callback);
    },
  },
  {
    form: '(Buffer, callback)',
    send: (socket, callback) => {
      socket.send(Buffer.from('bytes'), callback);
    },
  },
  {
    form: '(Buffer, as text, callback)',
    send: (socket, callback) => {
      socket.send(Buffer.from('bytes'), { binary: false }, callback);
    },
  },
  {
    form: '(ArrayBuffer, callback)',
    send: (socket, callback) => {
      socket.send(new Uint8Array([1, 2, 3]).buffer, callback);
    },
  },
  {
    form: '(view, callback)',
    send: (socket, callback) => {
      socket.send(new Uint16Array([1, 2, 3]), callback);
    },
  },
  {
    form: '(DataView, callback)',
    send: (socket, callback) => {
      socket.send(new DataView(new ArrayBuffer(4)), callback);
    },
  },
  {
    form: '(Blob, callback)',
    since: '8.23.0',
    send: (socket, callback) => {
      socket.send(new Blob(['blob']), callback);
    },
  },
];

describe.each(WS_VERSIONS)('a wrapped socket of ws $version', ({ ws, version }) => {
  const forms = FORMS.filter(({ since }) => since === undefined || since === version);

  it.each(forms)('sends and calls back as a bare one does: $form', async ({ send }) => {
    const monitoring = startMonitoring();
    const { client, socket } = await startSocket(ws);
    const bare = await sendAndReceive(socket, client, send);
    wrapSocket(socket, { monitoring });
    const wrapped = await runWithMessage(newMessage(), () => sendAndReceive(socket, client, send));
    const outside = await sendAndReceive(socket, client, send);
    expect(wrapped).toEqual(bare);
    expect(outside).toEqual(bare);
    expect(await pointsOf(monitoring, 'ws_requests')).toHaveLength(1);
  });

  it('hands on what stands in the place of a callback and is none', async () => {
    const monitoring = startMonitoring();
    const { client, socket } = await startSocket(ws);
    wrapSocket(socket, { monitoring });
    const received = receive(client);
    runWithMessage(newMessage(), () => {
      untyped(socket).send('text', {}, 'utf8');
    });
    expect((await received).map(String)).toEqual(['text']);
    expect(() => {
      runWithMessage(newMessage(), () => {
        untyped(socket).send('text', {}, 'no encoding');
      });
    }).toThrow('no encoding');
  });

  it('calls the callback of a failed send once, with the same error', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    socket.terminate();
    const send = (): Promise<CallRecord> =>
      new Promise((resolve) => {
        const call: CallRecord = { calls: 0 };
        socket.send('late', function (this: unknown, ...parameters: unknown[]) {
          Object.assign(call, { calls: call.calls + 1, receiver: this, parameters });
          setImmediate(resolve, call);
        });
      });
    const bare = await send();
    wrapSocket(socket, { monitoring });
    const wrapped = await runWithMessage(newMessage(), send);
    expect(wrapped).toEqual(bare);
    expect(wrapped.calls).toBe(1);
  });

  it('has the listeners, the keys and the send of a bare one, to look at', async () => {
    const monitoring = startMonitoring();
    const { socket } = await startSocket(ws);
    const before = describeSocket(socket);
    expect(wrapSocket(socket, { monitoring })).toBe(socket);
    expect(describeSocket(socket)).toEqual(before);
    expect(sendOf(socket)).not.toBe(sendOf(ws.WebSocket.prototype));
    expect(unwrapSocket(socket)).toBe(socket);
    expect(describeSocket(socket)).toEqual(before);
    expect(sendOf(socket)).toBe(sendOf(ws.WebSocket.prototype));
    expect(Reflect.ownKeys(socket)).toEqual(before.ownKeys);
  });
});

interface CallRecord {
  calls: number;
  receiver?: unknown;
  parameters?: unknown[];
}

interface Exchange {
  readonly received: string[];
  readonly returned: unknown;
  readonly call: CallRecord;
}

async function sendAndReceive(
  socket: WebSocket,
  client: WebSocket,
  send: (socket: WebSocket, callback: Callback) => unknown,
): Promise<Exchange> {
  const received = receive(client);
  const call: CallRecord = { calls: 0 };
  let returned: unknown;
  await new Promise<void>((resolve) => {
    returned = send(socket, function (this: unknown, ...parameters: unknown[]) {
      call.calls += 1;
      // What a socket's write hands on as `this` is its own affair: only that it is of the same kind matters.
      call.receiver = this?.constructor.name;
      call.parameters = parameters;
      resolve();
    });
  });
  return { received: (await received).map((data) => data.toString('hex')), returned, call };
}

function describeSocket(socket: WebSocket): { readonly ownKeys: (string | symbol)[] } & Record<string, unknown> {
  return {
    listeners: socket.eventNames().map((name) => [name, socket.listenerCount(name)]),
    keys: Object.keys(socket),
    ownKeys: Reflect.ownKeys(socket).filter((key) => key !== 'send' && !String(key).includes('influx-monitoring')),
    sendLength: socket.send.length,
    sendName: socket.send.name,
  };
}

function sendOf(socket: object): unknown {
  return Reflect.get(socket, 'send');
}

interface UntypedSocket {
  send(...parameters: unknown[]): void;
}

/** JavaScript may call `send` in ways that the types do not allow. */
function untyped(socket: WebSocket): UntypedSocket {
  return socket;
}

function fail(): void {
  throw new Error('ws has never called this one');
}
