import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A request to a server that speaks JSON. */
export interface JsonRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface JsonReply {
  readonly status: number;
  readonly body?: unknown;
}

/** A server that speaks JSON, for the length of the test. */
export async function startJsonServer(answer: (request: JsonRequest) => JsonReply): Promise<string> {
  const server = createServer((incoming, response) => {
    void (async () => {
      const { method = '', url = '/', headers } = incoming;
      const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
      // What the command sends is an object; a question has no body.
      const body = method === 'GET' ? {} : ((await json(incoming)) as JsonRequest['body']);
      const request = { method, path: pathname, query: searchParams, authorization: headers.authorization, body };
      const { status, body: reply } = answer(request);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  );
  // A server that listens on a port has an address of this kind.
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}
