import { readFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { CertificateFiles } from './certificate.ts';

/** What a proxy does otherwise than pass on. */
export interface ProxyRules {
  /** Answers by itself where it returns true. */
  readonly answer?: (url: URL, body: string, response: ServerResponse) => boolean;
  /** Speaks TLS by these files. */
  readonly tls?: CertificateFiles;
  /** Demands a certificate of the client, made by these files' own. */
  readonly client?: CertificateFiles;
  /** Changes the headers of answers. */
  readonly headers?: (headers: Record<string, string | string[] | undefined>) => void;
}

/** A proxy before a server on 127.0.0.1: for what the server itself cannot be made to do. */
export async function startProxy(
  targetPort: number,
  rules: ProxyRules,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const listener: RequestListener = (incoming, response) => {
    void pass(incoming, response, targetPort, rules);
  };
  const { client, tls } = rules;
  const demand = client === undefined ? {} : { requestCert: true, ca: readFileSync(client.certificate) };
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ ...demand, key: readFileSync(tls.key), cert: readFileSync(tls.certificate) }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    // A server that listens on a port has an address of this kind.
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function pass(
  incoming: IncomingMessage,
  response: ServerResponse,
  targetPort: number,
  rules: ProxyRules,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
  if (rules.answer?.(url, body.toString(), response) === true) return;
  const { method, headers } = incoming;
  const outgoing = request({ host: '127.0.0.1', port: targetPort, path: incoming.url, method, headers }, (answer) => {
    const changed: Record<string, string | string[] | undefined> = { ...answer.headers };
    rules.headers?.(changed);
    response.sendDate = false;
    response.writeHead(answer.statusCode ?? 502, changed);
    answer.pipe(response);
  });
  outgoing.on('error', () => response.destroy());
  outgoing.end(body);
}
