import { get, type IncomingMessage } from 'node:http';

/** Reads a stream of lines, line by line. */
export class LineStream {
  readonly response: IncomingMessage;
  readonly #lines: string[] = [];
  #rest = '';
  #wake: (() => void) | undefined;
  #hasEnded = false;

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const lines = (this.#rest + chunk).split('\n');
      this.#rest = lines.pop() ?? '';
      // Not as arguments: a chunk may have more lines than a call takes.
      for (const line of lines) this.#lines.push(line);
      this.#wake?.();
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      this.#hasEnded = true;
      this.#wake?.();
    });
  }

  static open(url: string): Promise<LineStream> {
    return new Promise((resolve, reject) => {
      get(url, { agent: false }, (response) => {
        resolve(new LineStream(response));
      }).on('error', reject);
    });
  }

  /** The next line; `undefined` where the stream has ended. */
  async next(): Promise<string | undefined> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined || this.#hasEnded) return line;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** The lines up to one that is as asked for, with it; up to the end where none is. */
  async until(isLast: (line: string) => boolean): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.next();
      if (line === undefined) return lines;
      lines.push(line);
      if (isLast(line)) return lines;
    }
  }

  close(): void {
    this.response.destroy();
  }
}
