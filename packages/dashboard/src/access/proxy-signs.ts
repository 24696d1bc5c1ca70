import type { IncomingMessage } from 'node:http';

/** What proxies, tunnels and delivery networks add to a request, by the whole name. */
const NAMES: ReadonlySet<string> = new Set([
  'ali-cdn-real-ip',
  'cdn-loop',
  'client-ip',
  'fastly-client-ip',
  'front-end-https',
  'proxy-client-ip',
  'proxy-connection',
  'surrogate-capability',
  'true-client-ip',
  'via',
  'wl-proxy-client-ip',
  'x-arr-log-id',
  'x-arr-ssl',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-host',
  'x-nginx-proxy',
  'x-proto',
  'x-proxyuser-ip',
  'x-real-ip',
  'x-real-port',
  'x-remote-addr',
  'x-remote-ip',
  'x-request-start',
  'x-scheme',
  'x-ssl-client-ip',
  'x-url-scheme',
  'x-varnish',
]);

/** The same, by how the name begins. */
const PREFIXES = [
  'akamai-',
  'cf-',
  'cloudfront-',
  'fly-',
  'forwarded',
  'ngrok-',
  'tailscale-',
  'x-akamai-',
  'x-amz-',
  'x-amzn-',
  'x-appengine-',
  'x-azure-',
  'x-envoy-',
  'x-forwarded',
  'x-original-',
  'x-originating-',
  'x-rewrite-',
  'x-vercel-',
];

/**
 * Says whether a request shows any sign of a proxy: who sends one speaks for somebody elsewhere.
 *
 * HTTP/1.0 is one, since no browser speaks it and nginx does unless it is told otherwise. A proxy that speaks HTTP/1.1 and
 * adds nothing cannot be told from a browser.
 */
export function hasProxySign(req: IncomingMessage): boolean {
  const { httpVersionMajor, httpVersionMinor } = req;
  if (httpVersionMajor < 1 || (httpVersionMajor === 1 && httpVersionMinor < 1)) return true;
  return Object.keys(req.headers).some((name) => NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix)));
}
