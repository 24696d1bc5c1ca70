import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A request that came. */
export interface ReceivedRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A server that answers as it is told. */
export interface AnsweringServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly requests: ReceivedRequest[];
  /** How the next requests are answered. */
  answer: (response: ServerResponse, request: ReceivedRequest) => void;
  /** Waits until no connection is open. */
  untilClosed(): Promise<void>;
  openSockets(): number;
}

/** Starts a server on a free port of an address. */
export async function startAnsweringServer(host = '127.0.0.1'): Promise<AnsweringServer> {
  const requests: ReceivedRequest[] = [];
  let open = 0;
  const waiters = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString();
      const received = { url: request.url ?? '', headers: request.headers, body };
      requests.push(received);
      result.answer(response, received);
    });
  });
  server.on('connection', (socket) => {
    open += 1;
    socket.on('close', () => {
      open -= 1;
      if (open === 0) for (const tell of waiters) tell();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const result: AnsweringServer = {
    host,
    port: (server.address() as AddressInfo).port, // it listens on a port
    requests,
    answer: (response) => response.writeHead(204).end(),
    openSockets: () => open,
    untilClosed: () =>
      new Promise((resolve) => {
        if (open === 0) resolve();
        else waiters.add(resolve);
      }),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return result;
}
