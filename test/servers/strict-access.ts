import type { IncomingHttpHeaders } from 'node:http';
import { failure, invalidOf3, isOf1, isOf2, type Reply, type StrictFlavour } from './strict-replies.ts';

/** What a request may be refused by before its body matters. */
export interface Access {
  readonly flavour: StrictFlavour;
  readonly token: string;
  /** What that token may do. */
  readonly tokenState: TokenState;
  /** Its name and its id. */
  readonly organization: readonly string[];
  readonly hasBucket: (name: string) => boolean;
}

/** What a token of 2.x may do: write, nothing for now, or only read. */
export type TokenState = 'active' | 'inactive' | 'reading';

/** Where 3 has its own write. */
export const NATIVE_PATH = '/api/v3/write_lp';

const PATHS: Readonly<Record<StrictFlavour, readonly string[]>> = {
  '1.6': ['/write'],
  '1.8': ['/write', '/api/v2/write'],
  '2.7': ['/write', '/api/v2/write'],
  '2.9': ['/write', '/api/v2/write'],
  '3': [NATIVE_PATH, '/api/v2/write'],
};

/** As 3 lists them. */
const UNITS_OF_3 = ['s', 'second', 'millisecond', 'ms', 'microsecond', 'u', 'us', 'n', 'nanosecond', 'ns'];

const NS_BY_UNIT = { ns: 1n, us: 1000n, ms: 1_000_000n, s: 1_000_000_000n } as const;
const NS_BY_LONG_UNIT = { nanosecond: NS_BY_UNIT.ns, microsecond: NS_BY_UNIT.us, millisecond: NS_BY_UNIT.ms };
const NS_BY_PRECISION_2 = new Map<string, bigint>(Object.entries(NS_BY_UNIT));
const NS_BY_PRECISION_3 = new Map<string, bigint>([
  ...NS_BY_PRECISION_2,
  ...Object.entries({ ...NS_BY_LONG_UNIT, second: NS_BY_UNIT.s, n: NS_BY_UNIT.ns, u: NS_BY_UNIT.us }),
]);
const NS_BY_PRECISION_1 = new Map<string, bigint>(
  Object.entries({
    ...{ n: NS_BY_UNIT.ns, ns: NS_BY_UNIT.ns, u: NS_BY_UNIT.us, ms: NS_BY_UNIT.ms, s: NS_BY_UNIT.s },
    ...{ m: 60n * NS_BY_UNIT.s, h: 3600n * NS_BY_UNIT.s },
  }),
);

/** Nanoseconds of the unit that a request names; `undefined` where its flavour has no such unit. */
export function unitOf({ pathname, searchParams }: URL, flavour: StrictFlavour): bigint | undefined {
  const named = searchParams.get('precision') ?? '';
  const precision = named === '' ? 'ns' : named;
  if (flavour === '3') return NS_BY_PRECISION_3.get(precision);
  return (pathname === '/write' ? NS_BY_PRECISION_1 : NS_BY_PRECISION_2).get(precision);
}

/** The bucket, or in 1.8 the database, that a request names. */
export function bucketOf({ pathname, searchParams }: URL, flavour: StrictFlavour): string {
  if (pathname === '/write' || pathname === NATIVE_PATH) return searchParams.get('db') ?? '';
  const bucket = searchParams.get('bucket') ?? '';
  // To 1.x a bucket is `database/retention-policy`.
  return isOf1(flavour) ? (bucket.split('/')[0] ?? '') : bucket;
}

/** Why a flavour refuses a write, where it does so by path, method, token, organization, bucket or precision. */
export function refusalOf(access: Access, method: string, headers: IncomingHttpHeaders, url: URL): Reply | undefined {
  const { flavour, hasBucket } = access;
  const paths = PATHS[flavour];
  if (!paths.includes(url.pathname)) return failure(flavour, 404, 'not found', 'path not found');
  if (method !== 'POST') return failure(flavour, 405, 'method not allowed', 'method not allowed');
  const name = bucketOf(url, flavour);
  if (isOf1(flavour)) {
    if (name === '') return failure(flavour, 400, '', 'database is required');
    return hasBucket(name) ? undefined : failure(flavour, 404, '', `database not found: "${name}"`);
  }
  if (!isAuthorized(access, headers)) return unauthorized(flavour);
  if (isOf2(flavour) && url.pathname === '/write') return failure(flavour, 404, 'not found', 'no dbrp mapping found');
  if (unitOf(url, flavour) === undefined) {
    return wrongPrecision(flavour, url.searchParams.get('precision') ?? '');
  }
  return refusalOfPlace(access, url, name) ?? refusalOfToken(access);
}

/** What a flavour says without a token that it knows; 3 says nothing. */
export function unauthorized(flavour: StrictFlavour): Reply {
  return flavour === '3' ? { status: 401 } : failure(flavour, 401, 'unauthorized', 'unauthorized access');
}

/** What a flavour says of a unit that it has not. 1.8 stores the lines nevertheless, as nanoseconds; 1.6 says nothing. */
export function wrongPrecision(flavour: StrictFlavour, precision: string): Reply {
  if (flavour === '1.8') {
    return failure(flavour, 400, '', `invalid precision "${precision}" (use n, u, ms, s, m or h)`);
  }
  if (isOf2(flavour)) {
    return failure(flavour, 400, 'invalid', 'invalid precision; valid precision units are ns, us, ms, and s');
  }
  const names = UNITS_OF_3.map((name) => `\`${name}\``).join(', ');
  const reason = `unknown variant \`${precision}\`, expected one of ${names}`;
  return invalidOf3(`failed to deserialize org/bucket/precision in request: ${reason}`);
}

function refusalOfToken({ flavour, tokenState }: Access): Reply | undefined {
  if (tokenState === 'active') return undefined;
  const reason = tokenState === 'inactive' ? ': token is inactive' : '';
  return failure(flavour, 403, 'forbidden', `insufficient permissions for write${reason}`);
}

function refusalOfPlace({ flavour, organization, hasBucket }: Access, url: URL, name: string): Reply | undefined {
  if (name === '') return failure(flavour, 404, 'not found', 'bucket not found');
  const org = url.searchParams.get('org') ?? '';
  if (isOf2(flavour) && !organization.includes(org)) {
    return failure(flavour, 404, 'not found', `organization name "${org}" not found`);
  }
  // 3 would make a database of that name; one that was dropped on purpose must stay away.
  return hasBucket(name) ? undefined : failure(flavour, 404, 'not found', `bucket "${name}" not found`);
}

/** True where a request has the token. */
export function isAuthorized(
  { flavour, token }: Pick<Access, 'flavour' | 'token'>,
  { authorization = '' }: IncomingHttpHeaders,
): boolean {
  if (authorization === `Token ${token}` || authorization === `Bearer ${token}`) return true;
  // In 3 the token is also the password of Basic, whatever the name.
  const encoded = /^Basic (.*)$/.exec(authorization)?.[1];
  if (flavour !== '3' || encoded === undefined) return false;
  return (
    Buffer.from(encoded, 'base64')
      .toString()
      .replace(/^[^:]*:/, '') === token
  );
}
