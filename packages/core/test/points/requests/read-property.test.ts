import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { readPastCaches, readPlainly } from '../../../src/points/requests/read-property.ts';

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

describe('reading a property of a message', () => {
  const REQUEST_KEYS = ['headers', 'method', 'url', 'socket', 'httpVersionMajor', 'upgrade', 'next', 'baseUrl'];
  const RESPONSE_KEYS = ['emit', 'headersSent', 'statusCode', 'socket', 'writableFinished', 'destroyed', 'setHeader'];

  test('gives the same both ways, once Express has changed the prototypes', async () => {
    let comparedCount = 0;
    await withMessages((req, res) => {
      Object.setPrototypeOf(req, Object.create(Object.getPrototypeOf(req) as object) as object);
      Object.setPrototypeOf(res, Object.create(Object.getPrototypeOf(res) as object) as object);
      for (const [message, keys] of [
        [req, REQUEST_KEYS],
        [res, RESPONSE_KEYS],
      ] as const) {
        const record = message as unknown as Record<string, unknown>;
        for (const key of keys) {
          expect(readPastCaches(record, key)).toBe(readPlainly(record, key));
          comparedCount += 1;
        }
      }
    });
    expect(comparedCount).toBe(REQUEST_KEYS.length + RESPONSE_KEYS.length);
  });

  test('asks a getter, with the message that it was asked of', () => {
    const parent = {
      name: 'parent',
      get own(): string {
        return this.name;
      },
    };
    const child = Object.assign(Object.create(parent) as typeof parent, { name: 'child' });
    expect([readPastCaches(child, 'own'), readPlainly(child, 'own')]).toEqual(['child', 'child']);
  });

  test('throws what a getter throws', () => {
    const hostile = {
      get headers(): never {
        throw new RangeError('no headers');
      },
    };
    expect(() => readPastCaches(hostile, 'headers')).toThrow(RangeError);
    expect(() => readPlainly(hostile, 'headers')).toThrow(RangeError);
  });
});
