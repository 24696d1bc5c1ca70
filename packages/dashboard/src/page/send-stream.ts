import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Feed } from '../streams/feed.ts';
import { Viewer } from '../streams/viewer.ts';
import { sendBadWindow } from './answers.ts';
import { readWindow } from './request-target.ts';

/** Answers with the figures of a window, each second anew, as Server-Sent Events. */
export function sendStream(feed: Feed, req: IncomingMessage, res: ServerResponse, query: URLSearchParams): void {
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
  feed.join(viewer);
  res.once('close', () => {
    feed.leave(viewer);
  });
}
