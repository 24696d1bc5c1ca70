import type { IncomingHttpHeaders } from 'node:http';
import { isAuthorized, unauthorized, type Access } from './strict-access.ts';
import { failure, isOf2, type Reply } from './strict-replies.ts';

const VERSIONS = { '1.6': '1.6.7', '1.8': '1.8.10', '2.7': 'v2.7.12', '2.9': 'v2.9.1', '3': '3.6.0' };

/** What is answered to requests that write nothing. */
export function replyToQuestion(
  {
    flavour,
    token,
    tokenState,
    bucketNames,
  }: Pick<Access, 'flavour' | 'token' | 'tokenState'> & { readonly bucketNames: readonly string[] },
  headers: IncomingHttpHeaders,
  { pathname }: URL,
): Reply {
  const version = VERSIONS[flavour];
  const mayAsk = isAuthorized({ flavour, token }, headers);
  if (flavour === '3' && !mayAsk) return unauthorized(flavour);
  if (pathname === '/ping') {
    const named = { 'x-influxdb-version': version };
    if (flavour !== '3') return { status: 204, headers: named };
    const body = { version, revision: `v${version}`, process_id: '00000000-0000-4000-8000-000000000000' };
    return { status: 200, headers: { ...named, 'x-influxdb-build': 'Core' }, body };
  }
  if (pathname === '/health') {
    if (flavour === '3') return { status: 200, body: 'OK' };
    const health = { name: 'influxdb', message: 'ready for queries and writes', status: 'pass' };
    return { status: 200, body: { ...health, checks: [], version } };
  }
  // One organization is asked for to see whether the token is inactive: lists are only empty then (2.7.12).
  if (isOf2(flavour) && pathname.startsWith('/api/v2/orgs/') && mayAsk) {
    return tokenState === 'inactive'
      ? failure(flavour, 401, 'unauthorized', 'token is inactive')
      : failure(flavour, 404, 'not found', 'organization not found');
  }
  if (!isOf2(flavour) || pathname !== '/api/v2/buckets') return failure(flavour, 404, 'not found', 'path not found');
  if (!mayAsk) return unauthorized(flavour);
  const seen = tokenState === 'inactive' ? [] : bucketNames;
  return { status: 200, body: { buckets: seen.map((name) => ({ name, type: 'user' })) } };
}
