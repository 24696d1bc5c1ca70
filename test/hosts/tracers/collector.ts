import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** A body that a tracer sent. */
interface Received {
  readonly path: string;
  readonly body: Buffer;
}

/** Takes what tracers send, whichever they are: on 127.0.0.1, in place of their services. */
export class Collector implements AsyncDisposable {
  readonly #received: Received[] = [];
  readonly #server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const isGzip = request.headers['content-encoding'] === 'gzip';
      this.#received.push({ path: request.url ?? '', body: isGzip ? gunzipSync(body) : body });
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });

  static async start(): Promise<Collector> {
    const collector = new Collector();
    await new Promise<void>((resolve) => collector.#server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  /** Without a scheme, as in `127.0.0.1:80`. */
  get host(): string {
    // A server that listens on TCP has an address of this type.
    return `127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** The bodies that were sent to a path. */
  bodiesOf(path: string): Buffer[] {
    return this.#received.filter((received) => received.path.startsWith(path)).map(({ body }) => body);
  }

  /** The same, each in a file. */
  filesOf(path: string, folder: string): string[] {
    return this.bodiesOf(path).map((body, index) => {
      const file = join(folder, `body-${String(index)}`);
      writeFileSync(file, body);
      return file;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
