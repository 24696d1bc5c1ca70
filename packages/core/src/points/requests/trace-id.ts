import type { IncomingHttpHeaders } from 'node:http';
import { traceIdOfHeader } from './request-id.ts';

/** Where `@opentelemetry/api` 1.x keeps what a tracer registered: it is shared by all copies of the package. */
const OPENTELEMETRY = Symbol.for('opentelemetry.js.api.1');
/** The key of the active span within a context of it. */
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');

const TRACE_ID = /^[0-9a-f]{32}$/;

/** What is used of `@opentelemetry/api`, without a dependency on it. */
interface OpenTelemetry {
  readonly context?: { active(): { getValue(key: symbol): unknown } } | undefined;
}

/**
 * The trace that a request belongs to: by its `traceparent`, else by the span of OpenTelemetry that is active now. To be
 * asked when the request arrives: at the end of an aborted one the context is gone. It never throws.
 *
 * @returns 32 hexadecimal digits, or `undefined` where there is none
 */
export function traceIdOf(headers: IncomingHttpHeaders): string | undefined {
  try {
    return traceIdOfHeader(headers['traceparent']) ?? activeTraceId();
  } catch {
    // A tracer of another kind may stand there.
    return undefined;
  }
}

function activeTraceId(): string | undefined {
  // The key is OpenTelemetry's own; whatever else stands there throws, and that is caught.
  const api = (globalThis as { readonly [OPENTELEMETRY]?: OpenTelemetry })[OPENTELEMETRY];
  const span = api?.context?.active().getValue(SPAN) as { spanContext(): { traceId: unknown } } | undefined;
  const traceId = span?.spanContext().traceId;
  return typeof traceId === 'string' && TRACE_ID.test(traceId) && !/^0+$/.test(traceId) ? traceId : undefined;
}
