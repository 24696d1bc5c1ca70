/** A span as its tracer sent it. */
export interface Span {
  readonly id: string;
  /** The id of its parent; one that was sent nowhere where there is none. */
  readonly parentId: string;
  readonly traceId: string;
  readonly name: string;
  /** Where it is a request's. */
  readonly url: string;
  /** True for a request that was served. */
  readonly isServer: boolean;
}

/** What a tracer sent. */
export interface Sent {
  readonly spans: readonly Span[];
  /** Addresses in the breadcrumbs of error events. */
  readonly breadcrumbs: readonly string[];
}

const WRITE = /\/api\/v2\/write/;

/** Spans of our writes, and what happened within them. */
export function spansOfWrites({ spans }: Sent): Span[] {
  const traces = new Set(spans.filter(({ url }) => WRITE.test(url)).map(({ traceId }) => traceId));
  return spans.filter(({ traceId }) => traces.has(traceId));
}

/** Breadcrumbs of our writes. */
export function breadcrumbsOfWrites({ breadcrumbs }: Sent): string[] {
  return breadcrumbs.filter((url) => WRITE.test(url));
}

/** The spans of everything else: each with its name and its parent's, in the order of the alphabet. */
export function shapeOf(sent: Sent): string[] {
  const writes = new Set(spansOfWrites(sent));
  const names = new Map(sent.spans.map(({ id, name }) => [id, name]));
  return sent.spans
    .filter((span) => !writes.has(span))
    .map(({ name, parentId }) => `${name} in ${names.get(parentId) ?? 'nothing'}`)
    .sort();
}
