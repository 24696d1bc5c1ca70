import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendText } from './answers.ts';
import { readLineWish } from '../streams/line-wish.ts';
import type { PointFeed } from '../streams/point-feed.ts';
import { PointReader } from '../streams/point-reader.ts';

/** As long as the stores keep points. */
const MAX_SINCE_SECONDS = 900;

/** Answers with points as they are recorded, as line protocol that does not end. */
export async function sendPoints(
  feed: PointFeed,
  req: IncomingMessage,
  res: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  const wish = readLineWish(query);
  const sinceSeconds = readSince(query);
  if (wish === undefined) {
    sendText(res, 400, 'Expected "series" to be names of series, at most 40.');
    return;
  }
  if (sinceSeconds === null) {
    sendText(res, 400, `Expected "since" to be whole seconds, from 1 to ${String(MAX_SINCE_SECONDS)}.`);
    return;
  }
  const reader = new PointReader(res, wish);
  if (req.method === 'HEAD') {
    res.end();
    return;
  }
  res.once('close', () => {
    feed.leave(reader);
  });
  await feed.join(reader, sinceSeconds).catch(() => {
    // It left while older points were sent, so nobody is there to be told.
    res.destroy();
  });
}

/** @returns `undefined` where it is not given, `null` where it is no such time */
function readSince(query: URLSearchParams): number | undefined | null {
  const text = query.get('since');
  if (text === null) return undefined;
  const seconds = Number(text);
  return /^\d{1,3}$/.test(text) && seconds >= 1 && seconds <= MAX_SINCE_SECONDS ? seconds : null;
}
