import type { IncomingMessage, ServerResponse } from 'node:http';
import { defaultMonitoring } from '@influx-monitoring/core';
import { isAllowed, isFromAnotherSite } from './access.ts';
import { sendAsset, sendJson, sendText, setCommonHeaders } from './answers.ts';
import { loadAssets } from './client-assets.ts';
import { secondsAsCsv, tableAsCsv } from './export-csv.ts';
import { writeLines } from './export-lines.ts';
import { Feed } from './feed.ts';
import { resolveDashboardOptions, type DashboardOptions, type ResolvedDashboardOptions } from './options.ts';
import { PointFeed } from './points/point-feed.ts';
import { sendPoints } from './points/send-points.ts';
import { readMoment, readTarget, readWindow, type RequestTarget } from './request-target.ts';
import { StoreSource } from './store-source.ts';
import { defaultOrder, isShownTable, TABLE_COLUMNS, type TableOrder, type ShownTable } from './table-columns.ts';
import { Viewer } from './viewer.ts';
import type { Snapshot, WindowMinutes } from './wire.ts';

/** What answers the page's requests: Express middleware, or a handler of `node:http`. */
export interface DashboardHandler {
  (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void;
  /** Ends all streams, and lets go of the monitoring. It is done by itself when the monitoring stops. */
  close(): void;
}

const RETRY_AFTER_SECONDS = 5;

/**
 * Makes the live page of a monitoring: what an operator looks at, with no database at hand.
 *
 * Only clients on this machine see it unless `authorize` says who else may. It costs nothing while nobody looks on;
 * where a database is configured it keeps the points of the last 15 minutes beside it, in bounded memory.
 *
 * @throws MonitoringError `ERR_OPTION_UNKNOWN`, `ERR_OPTION_TYPE`; as `defaultMonitoring` does where none is given
 *
 * @example
 * ```ts
 * import { monitoringDashboard } from '@influx-monitoring/dashboard';
 * import express from 'express';
 *
 * const app = express();
 * app.use('/monitoring', monitoringDashboard());
 * ```
 */
export function monitoringDashboard(options: DashboardOptions = {}): DashboardHandler {
  const server = new DashboardServer(resolveDashboardOptions(options));
  const handle = (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void => {
    server.answer(req, res).catch((error: unknown) => {
      if (next !== undefined && !res.headersSent) next(error);
      else res.destroy();
    });
  };
  return Object.assign(handle, {
    close: () => {
      server.close();
    },
  });
}

/** Answers each path below the mount. */
class DashboardServer {
  readonly #options: ResolvedDashboardOptions;
  readonly #source: StoreSource;
  readonly #feed: Feed;
  readonly #pointFeed: PointFeed;
  readonly #stopObserving: () => void;
  /** Streams and exports under way: what a client can make last. */
  #seatsTaken = 0;

  constructor(options: ResolvedDashboardOptions) {
    this.#options = options;
    const monitoring = options.monitoring ?? defaultMonitoring();
    this.#source = new StoreSource(monitoring, options.maxStoreBytes);
    this.#feed = new Feed(monitoring, this.#source);
    this.#pointFeed = new PointFeed(monitoring, this.#source);
    this.#stopObserving = monitoring.observeLines({
      onStop: () => {
        this.close();
      },
    });
  }

  async answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    setCommonHeaders(res);
    if (!(await isAllowed(req, this.#options.authorize))) {
      sendText(res, 403, 'This page is shown to clients on the same machine only, unless authorize() lets others in.');
      return;
    }
    const target = readTarget(req);
    const answer = await this.#find(target);
    if (answer === undefined) sendText(res, 404, 'There is no such page.');
    else if (req.method !== 'GET' && req.method !== 'HEAD') {
      sendText(res, 405, 'Only GET and HEAD are understood.', { Allow: 'GET, HEAD' });
    } else if (target.redirect !== undefined) {
      sendText(res, 308, 'The page is at this address with a slash at its end.', { Location: target.redirect });
    } else if (isFromAnotherSite(req)) sendText(res, 403, 'Pages of other sites may not ask for this.');
    else await answer(req, res, target.query);
  }

  close(): void {
    this.#stopObserving();
    this.#feed.close();
    this.#pointFeed.close();
    this.#source.close();
  }

  async #find({ path }: RequestTarget): Promise<Answer | undefined> {
    switch (path) {
      case '/stream':
        return this.#withSeat((req, res, query) => {
          this.#stream(req, res, query);
        });
      case '/points':
        return this.#withSeat((req, res, query) => sendPoints(this.#pointFeed, req, res, query));
      case '/view.json':
        return this.#withSeat((_req, res, query) => this.#sendView(res, query, sendJson));
      case '/export.csv':
        return this.#withSeat((_req, res, query) => this.#sendCsv(res, query));
      case '/export.lp':
        return this.#withSeat((_req, res, query) => this.#sendLines(res, query));
      default: {
        const asset = (await loadAssets()).get(path);
        if (asset === undefined) return undefined;
        return (req, res) => {
          sendAsset(req, res, asset);
        };
      }
    }
  }

  /** Bounds what clients can make last. A seat is free again when the answer has ended, whichever way. */
  #withSeat(answer: Answer): Answer {
    return async (req, res, query) => {
      if (this.#feed.isClosed || this.#seatsTaken >= this.#options.maxViewers) {
        const reason = this.#feed.isClosed ? 'Monitoring was stopped.' : 'As many look on as may at a time.';
        sendText(res, 503, reason, { 'Retry-After': String(RETRY_AFTER_SECONDS) });
        return;
      }
      this.#seatsTaken += 1;
      res.once('close', () => {
        this.#seatsTaken -= 1;
      });
      await answer(req, res, query);
    };
  }

  #stream(req: IncomingMessage, res: ServerResponse, query: URLSearchParams): void {
    const minutes = readWindow(query);
    if (minutes === undefined) {
      sendBadWindow(res);
      return;
    }
    const viewer = new Viewer(res, minutes);
    if (req.method === 'HEAD') {
      viewer.end();
      return;
    }
    this.#feed.join(viewer);
    res.once('close', () => {
      this.#feed.leave(viewer);
    });
  }

  async #sendView(res: ServerResponse, query: URLSearchParams, send: SendView): Promise<void> {
    const minutes = readWindow(query);
    const at = readMoment(query);
    if (minutes === undefined) {
      sendBadWindow(res);
    } else if (at === null) {
      sendText(res, 400, 'Expected "at" to be whole seconds since the epoch.');
    } else {
      await this.#readView(res, { minutes, at }, send);
    }
  }

  async #readView(
    res: ServerResponse,
    { minutes, at }: { readonly minutes: WindowMinutes; readonly at: number | undefined },
    send: SendView,
  ): Promise<void> {
    const snapshot = await this.#feed.view(minutes, at);
    if (at !== undefined && snapshot.to <= snapshot.from) {
      sendText(res, 410, 'That time is no longer in memory: the last 15 minutes are.');
    } else await send(res, snapshot);
  }

  async #sendCsv(res: ServerResponse, query: URLSearchParams): Promise<void> {
    const table = query.get('table') ?? 'routes';
    if (table !== 'seconds' && !isShownTable(table)) {
      sendText(res, 400, `Expected "table" to be one of ${Object.keys(TABLE_COLUMNS).join(', ')}, seconds.`);
      return;
    }
    await this.#sendView(res, query, (_res, snapshot) => {
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

  async #sendLines(res: ServerResponse, query: URLSearchParams): Promise<void> {
    await this.#sendView(res, query, async (_res, snapshot) => {
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
      await writeLines(res, this.#source.store, { from: snapshot.from, to }, leaving.signal).catch(() => {
        // The client left in mid-stream, so nobody is there to be told.
        res.destroy();
      });
    });
  }
}

type Answer = (req: IncomingMessage, res: ServerResponse, query: URLSearchParams) => void | Promise<void>;
type SendView = (res: ServerResponse, snapshot: Snapshot) => void | Promise<void>;

function sendBadWindow(res: ServerResponse): void {
  sendText(res, 400, 'Expected "window" to be 5 or 15, in minutes.');
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
