import type { IncomingMessage, ServerResponse } from 'node:http';
import { defaultMonitoring, type Monitoring } from '@influx-monitoring/core';
import { isAllowed, isFromAnotherSite } from '../access/access.ts';
import { Seats } from '../access/seats.ts';
import type { ResolvedDashboardOptions } from '../options.ts';
import { StoreSource } from '../store/store-source.ts';
import { Feed } from '../streams/feed.ts';
import { PointFeed } from '../streams/point-feed.ts';
import { sendAsset, sendText, setCommonHeaders } from './answers.ts';
import { loadAssets } from './client-assets.ts';
import { readTarget, type RequestTarget } from './request-target.ts';
import { sendDetail } from './send-detail.ts';
import { sendPoints } from './send-points.ts';
import { sendStream } from './send-stream.ts';
import { sendCsv, sendLines, sendViewJson } from './send-view.ts';

/** Answers one path below the mount. */
type Answer = (req: IncomingMessage, res: ServerResponse, query: URLSearchParams) => void | Promise<void>;

const RETRY_AFTER_SECONDS = 5;

/** Counted where `authorize` throws or rejects. */
const AUTHORIZE_FAILED = 'dashboard_authorize_failed';

/** Answers each path below the mount. */
export class PageServer {
  readonly #options: ResolvedDashboardOptions;
  readonly #monitoring: Monitoring;
  readonly #source: StoreSource;
  readonly #feed: Feed;
  readonly #pointFeed: PointFeed;
  readonly #seats: Seats;
  readonly #stopObserving: () => void;
  /** What clients can make last, by path. */
  readonly #answers: ReadonlyMap<string, Answer>;

  constructor(options: ResolvedDashboardOptions) {
    this.#options = options;
    this.#monitoring = options.monitoring ?? defaultMonitoring();
    this.#source = new StoreSource(this.#monitoring, options.maxStoreBytes);
    this.#feed = new Feed(this.#monitoring, this.#source);
    this.#pointFeed = new PointFeed(this.#monitoring, this.#source);
    this.#seats = new Seats(options.maxViewers);
    this.#answers = this.#createAnswers();
    this.#stopObserving = this.#monitoring.observeLines({
      onStop: () => {
        this.close();
      },
    });
  }

  async answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    setCommonHeaders(res);
    if (!(await isAllowed(req, this.#options.authorize, this.#countFailure))) {
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

  readonly #countFailure = (): void => {
    this.#monitoring.countEvent(AUTHORIZE_FAILED);
  };

  #createAnswers(): ReadonlyMap<string, Answer> {
    const feed = this.#feed;
    return new Map<string, Answer>([
      [
        '/stream',
        (req, res, query) => {
          sendStream(feed, req, res, query);
        },
      ],
      ['/points', (req, res, query) => sendPoints(this.#pointFeed, req, res, query)],
      ['/detail.json', (_req, res, query) => sendDetail(feed, this.#source, res, query)],
      ['/view.json', (_req, res, query) => sendViewJson(feed, res, query)],
      ['/export.csv', (_req, res, query) => sendCsv(feed, res, query)],
      ['/export.lp', (_req, res, query) => sendLines(feed, this.#source, res, query)],
    ]);
  }

  async #find({ path }: RequestTarget): Promise<Answer | undefined> {
    const answer = this.#answers.get(path);
    if (answer !== undefined) return this.#withSeat(answer);
    const asset = (await loadAssets()).get(path);
    if (asset === undefined) return undefined;
    return (req, res) => {
      sendAsset(req, res, asset);
    };
  }

  #withSeat(answer: Answer): Answer {
    return async (req, res, query) => {
      if (this.#feed.isClosed || this.#seats.areTaken) {
        const reason = this.#feed.isClosed ? 'Monitoring was stopped.' : 'Too many viewers.';
        sendText(res, 503, reason, { 'Retry-After': String(RETRY_AFTER_SECONDS) });
      } else if (this.#seats.take(req, res)) await answer(req, res, query);
    };
  }
}
