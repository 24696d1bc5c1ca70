import { expect, it } from 'vitest';
import { meetOutsider } from './outsider.ts';

/** As much as 5,700 with three tags each take, as `npm run test:fleet` does: more than there is room for. */
const HANDSHAKES = 600;
const TAGS = 30;

it('handshakes with long ids as tags cost no other point its standard tags', async () => {
  const { errors, handshakeCount, overflows, requests } = await meetOutsider(HANDSHAKES, TAGS);
  expect(handshakeCount).toBe(HANDSHAKES);
  // Or there would be room for everything, and nothing to see.
  expect(overflows).not.toEqual([]);
  for (const overflow of overflows) expect(overflow).toMatch(/^requests\.account_\d+ memory$/);
  expect(requests.map(({ route, service, status_code: status }) => [route, service, status])).toEqual([
    ['GET:/orders/:id', 'shop', '200'],
    ['GET:/payments/:id', 'shop', '503'],
  ]);
  const [{ error_code: errorCode, route, service, status_code: status } = {}] = errors;
  expect([errors.length, route, service, status, errorCode]).toEqual([1, 'GET:/payments/:id', 'shop', '503', '503']);
});
