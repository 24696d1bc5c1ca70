import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { failureCode, failureReason, sendRequest, type HttpAnswer } from '../database/http.ts';
import { DeadlineError } from '../deadline.ts';
import { placeOfSetting } from './configured.ts';
import type { DatabaseContext } from './context.ts';
import { fail, ok, warn, type Finding } from './finding.ts';

/** Finds the addresses of the host. */
export async function resolveHost(context: DatabaseContext): Promise<Finding> {
  const { host } = context.settings;
  if (isIP(host) !== 0) return ok(`${host} is an address`);
  try {
    const addresses = await context.ask(() => lookup(host, { all: true }));
    return ok(`${host} is ${addresses.map(({ address }) => address).join(', ')}`);
  } catch (error) {
    const reason = failureCode(error) || failureReason(error);
    const place = placeOfSetting(context.configuration, 'host');
    return fail(`${host} has no address (${reason})`, `Check the host's name (${place}) and this machine's DNS.`);
  }
}

/** Opens a connection, and closes it. */
export async function connectToPort(context: DatabaseContext): Promise<Finding> {
  const { host, port } = context.settings;
  const target = `${host}, port ${String(port)}`;
  const startedAtMs = performance.now();
  try {
    await context.ask((signal) => openSocket(host, port, signal));
    return ok(`${target} takes connections (${(performance.now() - startedAtMs).toFixed(1)} ms)`);
  } catch (error) {
    const place = placeOfSetting(context.configuration, 'port');
    if (failureCode(error) === 'ECONNREFUSED') {
      return fail(`nothing listens on ${target}`, `Check the port (${place}), and whether InfluxDB is running there.`);
    }
    const reason = failureReason(error);
    return fail(
      `no connection to ${target} (${reason})`,
      `Check the port (${place}), routes and firewalls on the way.`,
    );
  }
}

function openSocket(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}

/** Asks for a sign of life, over TLS where that is configured; no credential goes with it. */
export async function greet(context: DatabaseContext): Promise<Finding> {
  const url = `${context.url}/ping`;
  const { tls } = context.settings;
  try {
    context.greeting = await context.ask((signal) => sendRequest({ url, tls, signal }));
    if (context.greeting.status === 401) context.greeting = await greetWithCredentials(context, url);
  } catch (error) {
    if (error instanceof DeadlineError)
      return fail(`no answer of ${context.url} in time`, 'Check what listens there, and its load.');
    return context.settings.ssl ? tlsFailure(context, error) : plainFailure(context, failureReason(error));
  }
  if (!context.settings.ssl && isComplaintAboutPlainText(context.greeting)) {
    return plainFailure(context, `HTTP ${String(context.greeting.status)}`);
  }
  return await greetingFinding(context, context.greeting);
}

/** InfluxDB 3 tells nothing without its token, nor does 1.x with `ping-auth-enabled`. */
function greetWithCredentials(context: DatabaseContext, url: string): Promise<HttpAnswer> {
  const headers = context.questions.headers;
  return context.ask((signal) => sendRequest({ url, tls: context.settings.tls, headers, signal }));
}

async function greetingFinding(context: DatabaseContext, answer: HttpAnswer): Promise<Finding> {
  const { configuration, settings } = context;
  const { status, headers } = answer;
  const { location } = headers;
  if (status >= 300 && status < 400 && location !== undefined) {
    return fail(
      `${context.url} redirects to ${withoutCredentials(location)} (HTTP ${String(status)})`,
      `Writes do not follow it: configure that address (${placeOfSetting(configuration, 'host')}).`,
    );
  }
  const transport = settings.ssl ? 'TLS, certificate trusted' : 'plain HTTP';
  const version = headers['x-influxdb-version'];
  if (typeof version !== 'string') return await namelessFinding(context, answer, transport);
  const major = Number(/^v?(\d+)/.exec(version)?.[1]);
  const name = `InfluxDB ${version}${buildOf(answer)}`;
  if (major === 3 && configuration.version === 2) {
    context.askAsInflux3();
    return ok(`${context.url} is ${name}, which takes the writes of 2.x; set INFLUX_VERSION=3 (${transport})`);
  }
  if (configuration.version !== undefined && major !== configuration.version) {
    return warn(
      `${context.url} is InfluxDB ${version}, and version ${String(configuration.version)} is configured`,
      `Set INFLUX_VERSION and the credentials of that version, unless this is on purpose (1.8 takes those of 2, too).`,
    );
  }
  if (!settings.ssl && !isLoopback(settings.host)) {
    return warn(
      `${context.url} is InfluxDB ${version}; the ${context.questions.credentials} goes there unencrypted`,
      'Use https where others can read along.',
    );
  }
  return ok(`${context.url} is ${name} (${transport})`);
}

/** Of a server that does not say its version. */
async function namelessFinding(context: DatabaseContext, answer: HttpAnswer, transport: string): Promise<Finding> {
  if (answer.status === 401 && answer.body === '') {
    // Refused with the credentials, too: the next step tells it.
    context.askAsInflux3();
    return ok(`${context.url} asks for credentials at once, as InfluxDB 3 does (${transport})`);
  }
  if (await isVictoriaMetrics(context)) {
    context.isVictoriaMetrics = true;
    return ok(`${context.url} is VictoriaMetrics, which takes the writes of InfluxDB (${transport})`);
  }
  return warn(
    `${context.url} answers with HTTP ${String(answer.status)} and does not say that it is InfluxDB (${transport})`,
    `Check host and port (${placeOfSetting(context.configuration, 'port')}), unless a proxy or VictoriaMetrics is there.`,
  );
}

/** It has no version to tell, and says its name to those who ask for its health. */
async function isVictoriaMetrics(context: DatabaseContext): Promise<boolean> {
  const request = { url: `${context.url}/-/healthy`, tls: context.settings.tls };
  try {
    const answer = await context.ask((signal) => sendRequest({ ...request, signal }));
    return answer.body.startsWith('VictoriaMetrics');
  } catch {
    return false;
  }
}

/** ` Core`, as InfluxDB 3 says. */
function buildOf({ headers }: HttpAnswer): string {
  const build = headers['x-influxdb-build'];
  return typeof build === 'string' && build !== 'OSS' ? ` ${build}` : '';
}

function withoutCredentials(location: string): string {
  if (!URL.canParse(location)) return location.split('?')[0] ?? '';
  const { origin, pathname } = new URL(location);
  return `${origin}${pathname}`;
}

/** Go's HTTP server says so in words, nginx too, both with a 400. */
function isComplaintAboutPlainText({ status, body }: HttpAnswer): boolean {
  return status === 400 && /http request to an https server|plain http request was sent to https/i.test(body);
}

async function plainFailure(context: DatabaseContext, reason: string): Promise<Finding> {
  if (await answersOver('https', context)) {
    return fail(
      `${context.url} speaks TLS, and plain HTTP is configured (${reason})`,
      `Set INFLUX_SSL=true, or https:// in INFLUX_URL (now: ${placeOfSetting(context.configuration, 'ssl')}).`,
    );
  }
  return fail(
    `${context.url} does not answer as HTTP does (${reason})`,
    `Check the port (${placeOfSetting(context.configuration, 'port')}): something else listens there.`,
  );
}

const CERTIFICATE_ADVICE: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', "Renew the server's certificate, or set this machine's clock."],
  ['CERT_NOT_YET_VALID', "Check this machine's clock and the server's certificate."],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'Use a host name that the certificate has, or get one for this name.'],
  ...[
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ].map(
    (code) =>
      [
        code,
        'Name the file of its authority in INFLUX_TLS_CA, or in NODE_EXTRA_CA_CERTS, for doctor and for the service.',
      ] as const,
  ),
]);

async function tlsFailure(context: DatabaseContext, error: unknown): Promise<Finding> {
  const code = failureCode(error);
  const advice = CERTIFICATE_ADVICE.get(code);
  if (advice !== undefined) return fail(`the certificate of ${context.url} is not trusted (${code})`, advice);
  if (await answersOver('http', context)) {
    return fail(
      `${context.url} speaks plain HTTP, and TLS is configured`,
      `Set INFLUX_SSL=false, or http:// in INFLUX_URL (now: ${placeOfSetting(context.configuration, 'ssl')}).`,
    );
  }
  return fail(
    `no TLS with ${context.url} (${code || failureReason(error)})`,
    `Check the port (${placeOfSetting(context.configuration, 'port')}) and the server's settings of TLS.`,
  );
}

/** Whether the port answers over the other scheme. No credential goes with it, so any certificate will do. */
async function answersOver(scheme: 'http' | 'https', context: DatabaseContext): Promise<boolean> {
  const url = `${context.url.replace(/^https?:/, `${scheme}:`)}/ping`;
  try {
    await context.ask((signal) => sendRequest({ url, signal, isCertificateChecked: false }));
    return true;
  } catch {
    return false;
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
