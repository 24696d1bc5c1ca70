import { get, type IncomingMessage } from 'node:http';
import type { Snapshot, Tick } from '../../src/wire/messages.ts';

/** One message of the stream. */
export type StreamMessage =
  | { readonly id: string; readonly kind: 'snapshot'; readonly data: Snapshot }
  | { readonly id: string; readonly kind: 'tick'; readonly data: Tick };

/** Reads a stream as a browser does, message by message. */
export class EventStream {
  readonly response: IncomingMessage;
  #text = '';
  readonly #messages: StreamMessage[] = [];
  #wake: (() => void) | undefined;
  #hasEnded = false;

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      this.#read(chunk);
    });
    response.on('close', () => {
      this.#hasEnded = true;
      this.#wake?.();
    });
  }

  static open(url: string): Promise<EventStream> {
    return new Promise((resolve, reject) => {
      get(url, (response) => {
        resolve(new EventStream(response));
      }).on('error', reject);
    });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The next message; it throws where the stream has ended. */
  async next(): Promise<StreamMessage> {
    for (;;) {
      const message = this.#messages.shift();
      if (message !== undefined) return message;
      if (this.#hasEnded) throw new Error('the stream has ended');
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async ended(): Promise<void> {
    while (!this.#hasEnded) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  close(): void {
    this.response.destroy();
  }

  #read(chunk: string): void {
    this.#text += chunk;
    const parts = this.#text.split('\n\n');
    this.#text = parts.pop() ?? '';
    for (const part of parts) {
      const lines = new Map(
        part.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(': ') + 2)]),
      );
      const data = lines.get('data');
      if (data === undefined) continue;
      const kind = lines.get('event') === 'snapshot' ? 'snapshot' : 'tick';
      // The server under test wrote it; what it holds is what the tests assert.
      const message = { id: lines.get('id') ?? '', kind, data: JSON.parse(data) as unknown } as StreamMessage;
      this.#messages.push(message);
    }
    this.#wake?.();
  }
}
