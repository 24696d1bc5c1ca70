import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A request to a server that speaks JSON. */
export interface JsonRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  /** Empty where the text is none of JSON. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface JsonReply {
  readonly status: number;
  readonly body?: unknown;
  /** An answer that is not JSON. */
  readonly text?: string;
}

/** A server that speaks JSON, for the length of the test. */
export async function startJsonServer(answer: (request: JsonRequest) => JsonReply): Promise<string> {
  const server = createServer((incoming, response) => {
    void (async () => {
      const { method = '', url = '/', headers } = incoming;
      const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
      const text = await readText(incoming);
      // What the command sends as JSON is an object.
      const body = text.startsWith('{') ? (JSON.parse(text) as JsonRequest['body']) : {};
      const request = { method, path: pathname, query: searchParams, authorization: headers.authorization, body, text };
      const { status, body: reply, text: plain } = answer(request);
      const type = plain === undefined ? 'application/json' : 'text/csv';
      response
        .writeHead(status, { 'content-type': type })
        .end(plain ?? (reply === undefined ? '' : JSON.stringify(reply)));
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
