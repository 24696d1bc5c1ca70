import type { ServerResponse } from 'node:http';
import { readDetail } from '../details/read-detail.ts';
import type { StoreSource } from '../store/store-source.ts';
import type { Feed } from '../streams/feed.ts';
import { DETAIL_SUBJECTS } from '../wire/detail.ts';
import { sendBadSpan, sendBadWindow, sendJson, sendText } from './answers.ts';
import { readSpan, readWindow } from './request-target.ts';

const SECONDS_PER_MINUTE = 60;

/** Answers with all that is in memory of one row of a table, request ids included. */
export async function sendDetail(
  feed: Feed,
  source: StoreSource,
  res: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  const subject = DETAIL_SUBJECTS.find((name) => name === query.get('of'));
  const minutes = readWindow(query);
  const span = readSpan(query);
  if (subject === undefined) sendText(res, 400, `Expected "of" to be one of ${DETAIL_SUBJECTS.join(', ')}.`);
  else if (minutes === undefined) sendBadWindow(res);
  else if (span === null) sendBadSpan(res);
  else {
    const to = span.to ?? feed.lastWholeSecond();
    const from = Math.max(span.from ?? to - minutes * SECONDS_PER_MINUTE, source.firstSecond());
    const leaving = new AbortController();
    res.once('close', () => {
      leaving.abort();
    });
    const folded = feed.foldedSpan();
    const wish = {
      subject,
      key: query.get('key') ?? '',
      from,
      to,
      folded: folded === null ? undefined : { ...folded, beganAt: source.beganAt },
    };
    await readDetail(source.store, wish, leaving.signal).then(
      (detail) => {
        sendJson(res, detail);
      },
      (error: unknown) => {
        // Who has left is told nothing.
        if (!leaving.signal.aborted) throw error;
      },
    );
  }
}
