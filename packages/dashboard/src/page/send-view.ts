import type { ServerResponse } from 'node:http';
import type { StoreSource } from '../store/store-source.ts';
import type { Feed } from '../streams/feed.ts';
import type { Snapshot } from '../wire/messages.ts';
import { defaultOrder, isShownTable, TABLE_COLUMNS, type ShownTable, type TableOrder } from '../wire/table-columns.ts';
import { sendBadSpan, sendBadWindow, sendJson, sendText } from './answers.ts';
import { secondsAsCsv, tableAsCsv } from './export-csv.ts';
import { writeLines } from './export-lines.ts';
import { readSpan, readWindow } from './request-target.ts';

type SendView = (res: ServerResponse, snapshot: Snapshot) => void | Promise<void>;

/** Answers with a view as the page reads it. */
export function sendViewJson(feed: Feed, res: ServerResponse, query: URLSearchParams): Promise<void> {
  return sendView(feed, res, query, sendJson);
}

/** Answers with a table, or with what the charts show, as CSV. */
export async function sendCsv(feed: Feed, res: ServerResponse, query: URLSearchParams): Promise<void> {
  const table = query.get('table') ?? 'routes';
  if (table !== 'seconds' && !isShownTable(table)) {
    sendText(res, 400, `Expected "table" to be one of ${Object.keys(TABLE_COLUMNS).join(', ')}, seconds.`);
    return;
  }
  await sendView(feed, res, query, (_res, snapshot) => {
    const csv = table === 'seconds' ? secondsAsCsv(snapshot) : tableAsCsv(snapshot, table, readOrder(query, table));
    const body = Buffer.from(csv);
    res.writeHead(200, {
      'Content-Type': 'text/csv; charset=utf-8; header=present',
      'Content-Disposition': `attachment; filename="${table}-${String(snapshot.to)}.csv"`,
      'Content-Length': String(body.length),
    });
    res.end(body);
  });
}

/** Answers with the points of a view, as line protocol. */
export async function sendLines(
  feed: Feed,
  source: StoreSource,
  res: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  await sendView(feed, res, query, async (_res, snapshot) => {
    // Now means now: also what is recorded of the second that is not over.
    const to = query.get('at') === null ? Infinity : snapshot.to;
    res.writeHead(200, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Disposition': `attachment; filename="points-${String(snapshot.to)}.lp"`,
    });
    const leaving = new AbortController();
    res.once('close', () => {
      leaving.abort();
    });
    await writeLines(res, source.store, { from: snapshot.from, to }, leaving.signal).catch(() => {
      // The client left in mid-stream, so nobody is there to be told.
      res.destroy();
    });
  });
}

async function sendView(feed: Feed, res: ServerResponse, query: URLSearchParams, send: SendView): Promise<void> {
  const minutes = readWindow(query);
  const span = readSpan(query);
  if (minutes === undefined) {
    sendBadWindow(res);
  } else if (span === null) {
    sendBadSpan(res);
  } else {
    const snapshot = await feed.view(minutes, span);
    if (span.to !== undefined && snapshot.to <= snapshot.from) {
      sendText(res, 410, 'That time is no longer in memory: the last 15 minutes are.');
    } else await send(res, snapshot);
  }
}

/** The order of the page's table; where the query names none that there is, the order it has at first. */
function readOrder(query: URLSearchParams, table: ShownTable): TableOrder {
  const first = defaultOrder(table);
  const column = TABLE_COLUMNS[table].find((id) => id === query.get('sort'));
  return {
    column: column ?? first.column,
    isDescending: query.get('direction') === null ? first.isDescending : query.get('direction') !== 'ascending',
    search: query.get('search') ?? '',
  };
}
