import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Trial } from '../trial.ts';

/** What `/status` of the server of docs/containers.md says, as far as it is used. */
export interface Status {
  readonly state: string;
  readonly delivered: number;
  readonly deadLettered: number;
  readonly dropped: number;
  readonly pending: number;
  readonly recorded: number;
  readonly spooled: number;
}

const CLIENTS = 4;
const PIPELINED = 4;
/** How the answer ends: the server's JSON. */
const ANSWER_END = '{"id":"1"}';
const ASKED_EVERY_MS = 100;
const DEADLINE_MS = 240_000;

/** Sends requests, one of them to nowhere, and notes them for `trial.check`. */
export async function sendRequests(url: string, trial: Trial, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const id = `1700000000,${randomUUID()}`;
    const isMissing = index === 0;
    const planned = isMissing
      ? { id, route: 'GET:unmatched', status: 404 }
      : { id, route: 'GET:/items/:id', status: 200 };
    const { status } = await ask(`${url}${isMissing ? '/missing' : `/items/${String(index)}`}`, {
      'luna-request-id': id,
    });
    if (status !== planned.status) throw new Error(`expected ${String(planned.status)}, got ${String(status)}`);
    appendFileSync(trial.sentFile, `${JSON.stringify(planned)}\n`);
  }
}

/** Sends requests without a pause until `isOver`, and returns how many were answered. @throws where one is not */
export async function sendUntil(url: string, isOver: () => boolean): Promise<number> {
  const counts = await Promise.all(Array.from({ length: CLIENTS }, () => sendPipelined(url, isOver)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Many requests at a time on one connection, which takes this process little of what it shares with the service. */
async function sendPipelined(url: string, isOver: () => boolean): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setEncoding('latin1');
  await once(socket, 'connect');
  const requests = 'GET /items/1 HTTP/1.1\r\nhost: service\r\n\r\n'.repeat(PIPELINED);
  let count = 0;
  while (!isOver()) {
    socket.write(requests);
    let text = '';
    while (countOf(text, ANSWER_END) < PIPELINED) {
      // By its documentation `data` tells text, where there is an encoding.
      const [chunk] = (await once(socket, 'data')) as [string];
      text += chunk;
    }
    if (countOf(text, 'HTTP/1.1 200 OK') !== PIPELINED)
      throw new Error(`requests were answered with ${text.slice(0, 200)}`);
    count += PIPELINED;
  }
  socket.destroy();
  return count;
}

function countOf(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** Asks a probe until `isOver`, as often as no orchestrator does, and returns how often. @throws where it is not 200 */
export async function probeUntil(url: string, isOver: () => boolean): Promise<number> {
  let count = 0;
  while (!isOver()) {
    const { status } = await ask(url);
    if (status !== 200) throw new Error(`the probe was answered with ${String(status)}`);
    count += 1;
    await wait(ASKED_EVERY_MS);
  }
  return count;
}

/** How delivery does. */
export async function statusOf(url: string): Promise<Status> {
  const { text } = await ask(`${url}/status`);
  // The server of the page answers so.
  return JSON.parse(text) as Status;
}

/** The first status that is as wanted. @throws where none is for minutes */
export async function statusWhere(url: string, isWanted: (status: Status) => boolean): Promise<Status> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  for (;;) {
    const status = await statusOf(url);
    if (isWanted(status)) return status;
    if (performance.now() > deadlineMs) throw new Error(`the status stays ${JSON.stringify(status)}`);
    await wait(ASKED_EVERY_MS);
  }
}

/** Each has a connection of its own. */
function ask(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode, text });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}
