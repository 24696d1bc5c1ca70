import { connect } from 'node:net';
import { LunaRequestInfluxMonitoring } from '@influx-monitoring/core';
import { startNginx } from '@influx-monitoring/test-servers';
import { afterEach, describe, expect, it } from 'vitest';
import { monitoringDashboard, type DashboardOptions } from '../../src/index.ts';
import { serve } from '../support/points.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function startPage(options: DashboardOptions = {}): Promise<number> {
  const monitoring = new LunaRequestInfluxMonitoring();
  const { close, port } = await serve(monitoringDashboard({ ...options, monitoring }));
  ends.push(() => monitoring.stop(), close);
  return port;
}

/** The status of a request as it is written here, to the letter. */
function ask(port: number, head: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.write(`${head}\r\nConnection: close\r\n\r\n`);
    socket.once('data', (chunk) => {
      resolve(Number(chunk.toString().split(' ')[1]));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

describe('without authorize, a sign of a proxy is a no', () => {
  it.each([
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'X-Forwarded-Prefix',
    'X-Forwarded-Anything-New',
    'x-forwarded',
    'Forwarded',
    'Via',
    'CF-Connecting-IP',
    'CF-Visitor',
    'CDN-Loop',
    'True-Client-IP',
    'X-Real-IP',
    'X-Client-IP',
    'X-Cluster-Client-IP',
    'Fastly-Client-IP',
    'Fly-Client-IP',
    'X-Envoy-External-Address',
    'X-Amzn-Trace-Id',
    'X-Original-Host',
    'X-Azure-ClientIP',
    'Tailscale-User-Login',
    'X-Varnish',
  ])('%s', async (name) => {
    const port = await startPage();
    expect(await ask(port, `GET /view.json HTTP/1.1\r\nHost: localhost\r\n${name}: 203.0.113.9`)).toBe(403);
    // An empty one was sent by a proxy all the same.
    expect(await ask(port, `GET / HTTP/1.1\r\nHost: localhost\r\n${name}:`)).toBe(403);
  });

  it('HTTP/1.0, which no browser speaks', async () => {
    const port = await startPage();
    expect(await ask(port, 'GET /view.json HTTP/1.0\r\nHost: localhost')).toBe(403);
    expect(await ask(port, 'GET /stream HTTP/1.0\r\nHost: 127.0.0.1')).toBe(403);
    expect(await ask(port, 'GET /view.json HTTP/1.1\r\nHost: localhost')).toBe(200);
  });

  it('and what browsers and commands send is none', async () => {
    const port = await startPage();
    const headers = [
      'User-Agent: Mozilla/5.0',
      'Accept-Encoding: gzip',
      'Sec-Fetch-Site: same-origin',
      'X-Requested-With: XMLHttpRequest',
      'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    ];
    expect(await ask(port, `GET /view.json HTTP/1.1\r\nHost: localhost\r\n${headers.join('\r\n')}`)).toBe(200);
  });

  it('authorize decides alone where it is given', async () => {
    const port = await startPage({ authorize: () => true });
    expect(await ask(port, 'GET /view.json HTTP/1.0\r\nHost: shop.example\r\nX-Forwarded-For: 203.0.113.9')).toBe(200);
  });
});

describe("behind Debian's nginx", () => {
  const statusThrough = async (site: string, options: DashboardOptions = {}): Promise<number> => {
    const nginx = await startNginx({ targetPort: await startPage(options), site });
    ends.push(() => nginx.stop());
    return (await fetch(`http://127.0.0.1:${String(nginx.port)}/view.json`)).status;
  };

  it('in its stock configuration the page is closed', async () => {
    expect(await statusThrough('')).toBe(403);
  });

  it("with Debian's proxy_params, and under HTTP/1.1, it is, too", async () => {
    expect(await statusThrough('include /etc/nginx/proxy_params; proxy_set_header Host localhost;')).toBe(403);
    expect(
      await statusThrough(
        'proxy_http_version 1.1; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header Host localhost;',
      ),
    ).toBe(403);
  });

  it('open to those whom authorize lets in', async () => {
    expect(await statusThrough('', { authorize: () => true })).toBe(200);
  });
});
