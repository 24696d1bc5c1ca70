import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { afterEach, describe, expect, it } from 'vitest';
import { monitoringDashboard } from '../../src/index.ts';
import { serve } from '../support/points.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A page whose visitors are asked about for as long as the test likes. */
async function startPage(maxViewers: number) {
  const waiting: ((answer: boolean) => void)[] = [];
  let wake: (() => void) | undefined;
  let isAsking = true;
  const monitoring = new LunaRequestInfluxMonitoring();
  const handler = monitoringDashboard({
    monitoring,
    maxViewers,
    authorize: () =>
      isAsking
        ? new Promise<boolean>((resolve) => {
            waiting.push(resolve);
            wake?.();
          })
        : true,
  });
  const closed: Promise<unknown>[] = [];
  const { close, port } = await serve((req, res) => {
    closed.push(once(req.socket, 'close'));
    handler(req, res);
  });
  ends.push(() => monitoring.stop(), close);
  return {
    port,
    closed,
    /** Waits until so many are asked about. */
    asked: async (count: number): Promise<void> => {
      while (waiting.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
    /** Lets all in, those to come as well. */
    letIn: (): void => {
      isAsking = false;
      for (const resolve of waiting) resolve(true);
    },
  };
}

describe('who left while authorize was asked takes no seat', () => {
  it.each(['/stream', '/points', '/points?since=900', '/view.json', '/export.csv', '/export.lp'])(
    'of %s',
    async (path) => {
      const page = await startPage(1);
      const visits = Array.from({ length: 4 }, () =>
        get({ host: '127.0.0.1', port: page.port, path, agent: false }).on('error', () => undefined),
      );
      await page.asked(4);
      for (const visit of visits) visit.destroy();
      await Promise.all(page.closed);
      page.letIn();
      expect((await fetch(`http://127.0.0.1:${String(page.port)}/view.json`)).status).toBe(200);
    },
  );

  it('nor do those who asked for several at once over one connection', async () => {
    const page = await startPage(2);
    const socket = connect(page.port, '127.0.0.1').on('error', () => undefined);
    socket.write('GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2));
    await page.asked(2);
    page.letIn();
    await once(socket, 'data');
    socket.destroy();
    await Promise.all(page.closed);
    const again = await fetch(`http://127.0.0.1:${String(page.port)}/view.json`);
    expect(again.status).toBe(200);
  });
});

it('counts an authorize that throws or rejects', async () => {
  const monitoring = new LunaRequestInfluxMonitoring();
  const handler = monitoringDashboard({ monitoring, authorize: () => Promise.reject(new Error('of authorize')) });
  const { close, origin } = await serve(handler);
  ends.push(() => monitoring.stop(), close);
  expect((await fetch(`${origin}/view.json`)).status).toBe(403);
  expect(monitoring.stats()).toMatchObject({ counters: { dashboard_authorize_failed: 1 } });
});
