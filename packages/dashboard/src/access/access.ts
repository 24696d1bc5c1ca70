import type { IncomingMessage } from 'node:http';
import type { DashboardOptions } from '../options.ts';
import { hasProxySign } from './proxy-signs.ts';

const LOOPBACK_ADDRESS = /^(?:::ffff:)?127(?:\.\d{1,3}){3}$|^::1$/;

/** `localhost` and its kind, with or without a port. */
const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Says whether a request may see the page.
 *
 * Without `authorize` that is who comes from this machine: over a loopback connection, through no proxy, and under a
 * name that only leads here. A page of another site whose name was made to lead to 127.0.0.1 (DNS rebinding) carries
 * that site's name in `Host`.
 *
 * @param onFailure - told where `authorize` threw or rejected
 */
export async function isAllowed(
  req: IncomingMessage,
  authorize: DashboardOptions['authorize'],
  onFailure: () => void,
): Promise<boolean> {
  if (authorize === undefined) return isFromThisMachine(req);
  try {
    const answer: unknown = await authorize(req);
    // In JavaScript anything may come back: only a plain yes is one.
    return answer === true;
  } catch {
    // Who cannot be asked about is not let in.
    onFailure();
    return false;
  }
}

/** True where a page of another site asks for this, by a script, an image or a frame. */
export function isFromAnotherSite(req: IncomingMessage): boolean {
  const site = req.headers['sec-fetch-site'];
  return (site === 'cross-site' || site === 'same-site') && req.headers['sec-fetch-mode'] !== 'navigate';
}

function isFromThisMachine(req: IncomingMessage): boolean {
  return (
    LOOPBACK_ADDRESS.test(req.socket.remoteAddress ?? '') &&
    LOCAL_HOST.test(req.headers.host ?? '') &&
    !hasProxySign(req)
  );
}
