import { isIPv6 } from 'node:net';
import type { OptionRule } from '../option-rules.ts';

/** Names of the DNS and of Docker, in any script, and addresses. */
export const hostRule: OptionRule = {
  expected: 'a host name or address without scheme, port or path',
  isValid: (value) => typeof value === 'string' && (/^[\p{L}\p{M}\p{N}_.-]+$/u.test(value) || isIPv6(value)),
  // It may hold a password, as a URL may.
  isSecret: (value) => String(value).includes('@'),
  advice: (value) => (typeof value === 'string' && !/[@]|:\/\//.test(value) ? urlAdvice(value) : ''),
};

/** The URL that says what somebody meant by a host with a port, a path, quotes or a backslash. */
function urlAdvice(value: string): string {
  const [, name = '', path = ''] = /^([^/?#]*)(.*)$/.exec(value.replace(/["'`\\\s]/g, '')) ?? [];
  const address = urlOf(name);
  if (address === undefined) return ', or a URL as in http://localhost:8086';
  return `; write the URL ${address}${/^(?:\/[\w.-]+)+$/.test(path) ? path : ''}`;
}

function urlOf(name: string): string | undefined {
  try {
    const { host, hostname, port } = new URL(`http://${name}`);
    return `http://${port === '' ? `${hostname}:8086` : host}`;
  } catch {
    return undefined;
  }
}
