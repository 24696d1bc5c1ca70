import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createReaders, readerOf } from '../../../src/points/requests/read-property.ts';

/** A request and its response, of a server that keeps them until they were compared. */
async function withMessages(compare: (req: IncomingMessage, res: ServerResponse) => void): Promise<void> {
  const server = createServer((req, res) => {
    try {
      compare(req, res);
    } finally {
      res.end();
    }
  }).listen(0, '127.0.0.1');
  try {
    await once(server, 'listening');
    const request = get({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response.resume(), 'end');
  } finally {
    server.close();
  }
}

const plain = createReaders(true);
const pastCaches = createReaders(false);
type Name = keyof typeof plain;

describe('reading a property of a message', () => {
  test('gives the same both ways, once Express has changed the prototypes', async () => {
    // Every name of ours is one.
    const names = Object.keys(plain) as Name[];
    const seen = new Set<Name>();
    await withMessages((req, res) => {
      for (const message of [req, res]) {
        Object.setPrototypeOf(message, Object.create(Object.getPrototypeOf(message) as object) as object);
        for (const name of names) {
          const value: unknown = Reflect.get(message, name);
          for (const readers of [plain, pastCaches]) {
            const reader: (of: object) => unknown = readers[name];
            expect(reader(message)).toBe(value);
          }
          if (value !== undefined) seen.add(name);
        }
      }
    });
    // What a server without Express lacks.
    const added: readonly Name[] = ['app', 'baseUrl', 'monitoring', 'next', 'route'];
    expect(names.filter((name) => !seen.has(name))).toEqual(added);
  });

  test.each([true, false])('asks a getter, with the message that it was asked of (plainly: %s)', (isPlain) => {
    const parent = {
      name: 'parent',
      get own(): string {
        return this.name;
      },
    };
    const child = Object.assign(Object.create(parent) as typeof parent, { name: 'child' });
    expect(readerOf('own', (message) => message.own, isPlain)(child)).toBe('child');
  });

  test.each([true, false])('throws what a getter throws (plainly: %s)', (isPlain) => {
    const hostile = {
      get headers(): never {
        throw new RangeError('no headers');
      },
    };
    expect(() => createReaders(isPlain).headers(hostile)).toThrow(RangeError);
  });
});
