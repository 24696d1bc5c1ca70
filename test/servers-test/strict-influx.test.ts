import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { startStrictInflux, type StrictFlavour, type StrictInflux } from '@influx-monitoring/test-servers';
import { afterEach, describe, expect, it } from 'vitest';

const TOKEN = { authorization: 'Token token' };
const PATH = '/api/v2/write?org=luna&bucket=luna_monitoring&precision=ns';

let server: StrictInflux | undefined;

async function start(flavour: StrictFlavour = '2.7'): Promise<StrictInflux> {
  server = await startStrictInflux({ flavour, maxBodyBytes: 1000 });
  return server;
}

function write(to: StrictInflux, body: string | Buffer, init: RequestInit = {}, path = PATH): Promise<Response> {
  return fetch(`${to.url}${path}`, {
    method: 'POST',
    headers: TOKEN,
    body: new Uint8Array(Buffer.from(body)),
    ...init,
  });
}

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

describe('the strict server as InfluxDB 2.7', () => {
  it('stores good lines and knows a repeated write from one that overwrites', async () => {
    const strict = await start();
    for (const body of ['m,t=a f=1 1', 'm,t=a f=1 1', 'm,t=a f=2 1'])
      expect((await write(strict, body)).status).toBe(204);
    expect(strict.store.count('m')).toBe(1);
    expect([strict.store.repeatedCount, strict.store.overwrittenCount]).toEqual([1, 1]);
  });

  it('refuses a whole batch for one bad line, and names the line', async () => {
    const strict = await start();
    const response = await write(strict, 'm f=1 1\nm f=x 2');
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ code: 'invalid', message: "unable to parse 'm f=x 2': invalid boolean" });
    expect(strict.store.count('m')).toBe(0);
  });

  it('keeps the good points of a batch with a type conflict', async () => {
    const strict = await start();
    const response = await write(strict, 'm f=1 1\nm f="s" 2\nm f=3 3');
    expect(response.status).toBe(422);
    expect(((await response.json()) as { message: string }).message).toMatch(
      /^failure writing points to database: partial write: field type conflict.* dropped=1$/,
    );
    expect(strict.store.count('m')).toBe(2);
  });

  it.each([
    ['a wrong token', 401, { headers: { authorization: 'Token other' } }, PATH],
    ['no token', 401, { headers: {} }, PATH],
    ['an unknown bucket', 404, {}, PATH.replace('luna_monitoring', 'other')],
    ['an unknown organization', 404, {}, PATH.replace('org=luna', 'org=other')],
    ['an unknown precision', 400, {}, PATH.replace('=ns', '=h')],
    ['another method', 405, { method: 'PUT' }, PATH],
  ])('refuses %s with %i', async (_what, status, init, path) => {
    expect((await write(await start(), 'm f=1 1', init, path)).status).toBe(status);
  });

  it('inflates gzip, counts its inflated bytes, and answers 500 to what is no gzip', async () => {
    const strict = await start();
    const headers = { ...TOKEN, 'content-encoding': 'gzip' };
    expect((await write(strict, gzipSync('m f=1 1'), { headers })).status).toBe(204);
    expect((await write(strict, gzipSync(`m f="${'x'.repeat(2000)}" 1`), { headers })).status).toBe(413);
    expect((await write(strict, 'm f=1 1', { headers })).status).toBe(500);
  });

  it('takes a new token and drops a bucket on order', async () => {
    const strict = await start();
    strict.rotateToken('new');
    expect((await write(strict, 'm f=1 1')).status).toBe(401);
    strict.rotateToken('token');
    strict.dropBucket(strict.bucket);
    expect((await write(strict, 'm f=1 1')).status).toBe(404);
    strict.createBucket(strict.bucket);
    expect((await write(strict, 'm f=1 1')).status).toBe(204);
  });
});

describe('the strict server as InfluxDB 3', () => {
  it('over its own address numbers the bad lines, of which a tag and a field of one name make one', async () => {
    const strict = await start('3');
    const path = '/api/v3/write_lp?db=luna_monitoring&accept_partial=false';
    const response = await write(strict, 'm f=1 1\nm,f=a f=1 2', {}, path);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ data: { original_line: 'm,f=a f=1 2', line_number: 2 } });
    expect(strict.store.count('m')).toBe(0);
  });

  it('over that of 2.x names no line', async () => {
    const strict = await start('3');
    const response = await write(strict, 'm f=1 1\nm,f=a f=1 2');
    const message = 'write buffer error: parsing for line protocol failed';
    expect([response.status, await response.json()]).toEqual([400, { code: 'invalid', message }]);
    expect(strict.store.count('m')).toBe(0);
  });

  it('refuses an empty body', async () => {
    expect((await write(await start('3'), '')).status).toBe(400);
  });
});

describe('the strict server as InfluxDB 1.8', () => {
  it('stores the good lines beside a bad one', async () => {
    const strict = await start('1.8');
    const response = await write(strict, 'm f=1 1\nm f=x 2', {}, '/write?db=luna_monitoring');
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: string }).error).toMatch(/^partial write: unable to parse 'm f=x 2'/);
    expect(strict.store.count('m')).toBe(1);
  });
});

describe('a fault on order', () => {
  it('answers with a status, headers and a body, once', async () => {
    const strict = await start();
    strict.faults.push({ kind: 'answer', status: 429, headers: { 'retry-after': '7' }, body: 'later' });
    const response = await write(strict, 'm f=1 1');
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([429, '7', 'later']);
    expect((await write(strict, 'm f=1 1')).status).toBe(204);
  });

  it('stands until it is cleared', async () => {
    const strict = await start();
    strict.faults.set({ kind: 'answer', status: 503 });
    expect([(await write(strict, 'm f=1 1')).status, (await write(strict, 'm f=1 1')).status]).toEqual([503, 503]);
    strict.faults.clear();
    expect((await write(strict, 'm f=1 1')).status).toBe(204);
  });

  it.each(['reset', 'store-then-reset', 'cut'] as const)('ends the connection: %s', async (kind) => {
    const strict = await start();
    strict.faults.push(kind === 'reset' ? { kind, afterBytes: 1 } : kind === 'cut' ? { kind, status: 500 } : { kind });
    await expect(write(strict, 'm f=1 1').then((response) => response.text())).rejects.toThrow();
    expect(strict.store.count('m')).toBe(kind === 'store-then-reset' ? 1 : 0);
  });

  it('hangs until the client gives up, and counts the open socket', async () => {
    const strict = await start();
    strict.faults.push({ kind: 'hang' });
    const hanging = request(`${strict.url}${PATH}`, { method: 'POST', headers: TOKEN, agent: false });
    const failed = new Promise((resolve) => hanging.once('error', resolve));
    hanging.end('m f=1 1');
    await new Promise((resolve) => hanging.once('finish', resolve));
    expect(await strict.openSockets()).toBe(1);
    hanging.destroy();
    await failed;
    expect(strict.store.count('m')).toBe(0);
  });

  it('refuses connections, and listens again on the same port', async () => {
    const strict = await start();
    const { port } = strict;
    await strict.refuse();
    await expect(write(strict, 'm f=1 1')).rejects.toThrow();
    await strict.listen();
    expect(strict.port).toBe(port);
    expect((await write(strict, 'm f=1 1')).status).toBe(204);
  });
});
