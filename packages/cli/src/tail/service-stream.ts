import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { CommandError } from '../command-error.ts';
import { DeadlineError, withDeadline } from '../deadline.ts';
import { failureReason } from '../database/http.ts';

/** Where a service shows its points, and how it is asked. */
export interface ServiceAddress {
  /** At which it mounts monitoringDashboard, with a slash at its end. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly series: readonly string[];
}

/** The service is not there, or not any more; it may be again later. */
export class ServiceAwayError extends Error {
  override readonly name = 'ServiceAwayError';
}

/** A line of the stream. */
export type StreamItem =
  | { readonly kind: 'begin'; readonly service: string; readonly bootId: string }
  | { readonly kind: 'points'; readonly lines: readonly string[] }
  | { readonly kind: 'skipped'; readonly count: number }
  | { readonly kind: 'live' | 'end' };

const CONNECT_MS = 10_000;

/** The service says something every five seconds. */
const SILENCE_MS = 20_000;

const MAX_LINE_LENGTH = 16 * 1024 * 1024;
const FIRST_SERVER_ERROR = 500;

/**
 * Asks a service for its points.
 *
 * @param sinceSeconds - those of so many seconds before, first
 * @throws ServiceAwayError where it is not there; CommandError where it does not give them
 */
export async function* openServiceStream(
  address: ServiceAddress,
  sinceSeconds: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<StreamItem> {
  const response = await connect(address, sinceSeconds, signal);
  try {
    await checkAnswer(response, address, signal);
    yield* readItems(response, signal);
  } finally {
    response.destroy();
  }
}

/** The address without what nobody should read over a shoulder. */
export function shownAddress(url: URL): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  return shown.href;
}

async function connect(
  { url, headers, series }: ServiceAddress,
  sinceSeconds: number | undefined,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const target = new URL('points', url);
  for (const name of series) target.searchParams.append('series', name);
  if (sinceSeconds !== undefined) target.searchParams.set('since', String(sinceSeconds));
  const send = target.protocol === 'https:' ? requestHttps : requestHttp;
  try {
    return await withDeadline(CONNECT_MS, signal, (connecting) => {
      return new Promise((resolve, reject) => {
        const outgoing = send(target, { headers, agent: false }, resolve);
        connecting.addEventListener('abort', () => outgoing.destroy(), { once: true });
        // It stays, for what fails once the answer has begun: that ends the answer, too.
        outgoing.on('error', reject).end();
      });
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new ServiceAwayError(failureReason(error));
  }
}

async function checkAnswer(response: IncomingMessage, { url }: ServiceAddress, signal: AbortSignal): Promise<void> {
  const { statusCode = 0, headers } = response;
  const shown = shownAddress(url);
  if (statusCode === 200 && headers['content-type']?.startsWith('text/plain') === true) return;
  if (headers.location !== undefined) {
    throw new CommandError(`${shown} leads elsewhere: name the address that it leads to (${headers.location})`);
  }
  const reason = `HTTP ${String(statusCode)}: ${await firstLineOf(response, signal)}`;
  if (statusCode >= FIRST_SERVER_ERROR) throw new ServiceAwayError(reason);
  if (statusCode === 401 || statusCode === 403) {
    throw new CommandError(`${shown} does not let this command in (${reason}); see --header in --help`);
  }
  throw new CommandError(
    `${shown} does not give points (${reason}): expected the address at which the service mounts monitoringDashboard()`,
  );
}

async function firstLineOf(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  let text = '';
  try {
    for await (const chunk of chunksOf(response, signal)) {
      text += chunk;
      if (text.includes('\n')) break;
    }
  } catch {
    // What came says enough.
  }
  return text.split('\n')[0]?.slice(0, 200) ?? '';
}

async function* readItems(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<StreamItem> {
  let rest = '';
  for await (const chunk of chunksOf(response, signal)) {
    const [first = '', ...others] = chunk.split('\n');
    // Only the first is joined: a long line would be searched through again with each chunk.
    const lines = [rest + first, ...others];
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_LENGTH) throw new CommandError('a line of more than 16 MiB is none of line protocol');
    yield* itemsOf(lines);
  }
}

function* itemsOf(lines: readonly string[]): Generator<StreamItem> {
  let points: string[] = [];
  for (const line of lines) {
    if (!line.startsWith('#')) {
      if (line !== '') points.push(line);
      continue;
    }
    if (points.length > 0) yield { kind: 'points', lines: points };
    points = [];
    const item = commentItem(line);
    if (item !== undefined) yield item;
  }
  if (points.length > 0) yield { kind: 'points', lines: points };
}

/** @returns `undefined` for what a newer service may say */
function commentItem(line: string): StreamItem | undefined {
  const [, kind, json = ''] = /^# (\w+) (\{.*\})$/.exec(line) ?? [];
  const data = dataOf(json);
  switch (kind) {
    case 'begin':
      return { kind, service: String(data['service']), bootId: String(data['bootId']) };
    case 'skipped':
      return { kind, count: Number(data['points']) };
    case 'live':
    case 'end':
      return { kind };
    default:
      return undefined;
  }
}

function dataOf(json: string): Readonly<Record<string, unknown>> {
  try {
    // It stands between braces.
    return JSON.parse(json) as Record<string, unknown>;
  } catch {
    return {};
  }
}

async function* chunksOf(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  // Without an encoding a response gives bytes.
  const iterator = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (;;) {
    const result = await nextChunk(iterator, signal);
    if (result.done === true) return;
    yield decoder.decode(result.value, { stream: true });
  }
}

async function nextChunk(iterator: AsyncIterator<Buffer>, signal: AbortSignal): Promise<IteratorResult<Buffer>> {
  try {
    return await withDeadline(SILENCE_MS, signal, () => iterator.next());
  } catch (error) {
    signal.throwIfAborted();
    throw new ServiceAwayError(error instanceof DeadlineError ? 'it says nothing any more' : failureReason(error));
  }
}
