import { Agent, request, type ClientRequest, type RequestOptions } from 'node:http';
import { ACCOUNT_IDS, pick, type TrafficOptions } from './options.ts';

const TICK_MS = 20;
const GIVE_UP_MS = 40;
const EVENT = JSON.stringify({ event_type: 'face', camera: 'entrance', similarity: 0.97 });

type Send = (index: number, options: TrafficOptions) => ClientRequest;

/** Kinds of request, and how many of each hundred and one are of it. */
const MIX: readonly (readonly [share: number, send: Send])[] = [
  [26, (_index, to) => ask(to.senderPort, 'GET', '/version')],
  [8, (_index, to) => ask(to.senderPort, 'GET', '/healthcheck')],
  [34, (index, to) => postEvent(to, EVENT, pick(ACCOUNT_IDS, index))],
  [14, (index, to) => ask(to.reportsPort, 'GET', reportPath(index))],
  [5, (index, to) => ask(to.reportsPort, 'GET', `${reportPath(index)}/summary`)],
  [3, (index, to) => ask(to.senderPort, 'GET', `/no-such-page/${String(index)}`)],
  [2, (index, to) => postEvent(to, '{"event_type": "fa', pick(ACCOUNT_IDS, index))],
  [2, (_index, to) => postEvent(to, EVENT, 'not-a-uuid')],
  [1, (_index, to) => postEvent(to, EVENT)],
  [1, (index, to) => ask(to.reportsPort, 'DELETE', reportPath(index))],
  [2, leaveBeforeHeaders],
  [2, leaveInMidStream],
  [1, leaveWhileUploading],
];

/** A whole cycle, one entry a request; its length is prime, so steps of any size visit all of it. */
const CYCLE = MIX.flatMap(([share, send]) => Array.from({ length: share }, () => send));
const CYCLE_STEP = 37;

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Sends requests at a steady rate, whatever becomes of them. Returns what ends that. */
export function startRequests(options: TrafficOptions): () => void {
  let sent = 0;
  const startedAtMs = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAtMs) / 1000) * options.rate;
    for (; sent < due; sent += 1) pick(CYCLE, sent * CYCLE_STEP)(sent, options);
  }, TICK_MS);
  return () => {
    clearInterval(timer);
    agent.destroy();
  };
}

function ask(port: number, method: string, path: string): ClientRequest {
  return start(port, { method, path }).end();
}

function postEvent({ senderPort }: TrafficOptions, body: string, accountId?: string): ClientRequest {
  const account = accountId === undefined ? {} : { 'luna-account-id': accountId };
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...account };
  return start(senderPort, { method: 'POST', path: '/events', headers }).end(body);
}

/** The client gives up on a slow answer. */
function leaveBeforeHeaders(index: number, { reportsPort }: TrafficOptions): ClientRequest {
  const left = start(reportsPort, { path: `${reportPath(index)}/summary`, agent: false });
  left.end();
  setTimeout(() => left.destroy(), GIVE_UP_MS);
  return left;
}

/** The client goes when it has seen the beginning. */
function leaveInMidStream(index: number, { reportsPort }: TrafficOptions): ClientRequest {
  const left = start(reportsPort, { path: reportPath(index), agent: false });
  left.on('response', (response) => {
    response.once('data', () => left.destroy());
  });
  return left.end();
}

/** The client goes before it has sent what it announced. */
function leaveWhileUploading(index: number, { senderPort }: TrafficOptions): ClientRequest {
  const headers = {
    'content-type': 'application/json',
    'content-length': 1000,
    'luna-account-id': pick(ACCOUNT_IDS, index),
  };
  const left = start(senderPort, { method: 'POST', path: '/events', headers, agent: false });
  left.write(EVENT);
  setTimeout(() => left.destroy(), GIVE_UP_MS);
  return left;
}

function start(port: number, options: RequestOptions): ClientRequest {
  const sent = request({ host: '127.0.0.1', port, agent, ...options });
  sent.on('response', (response) => response.resume());
  // What fails here is for the other side to tell.
  sent.on('error', () => undefined);
  return sent;
}

function reportPath(index: number): string {
  return `/accounts/${pick(ACCOUNT_IDS, index)}/reports/${String(index)}`;
}
