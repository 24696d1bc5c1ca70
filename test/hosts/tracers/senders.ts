import { runProgram } from '../program.ts';
import type { Collector } from './collector.ts';
import type { Sent, Span } from './span.ts';

/** Where a tracer's bodies are, and what it takes to read them. */
export interface Reading {
  readonly collector: Collector;
  /** The project, whose packages may be used. */
  readonly project: string;
  /** For files. */
  readonly folder: string;
}

/** OTLP, as JSON. */
interface OtlpRequest {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[] }[];
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

/** What Sentry 11 sends: spans on their own, not within transactions. */
interface SentrySpan {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id?: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, { readonly value: unknown }>>;
}

interface SentryItem {
  readonly items?: readonly SentrySpan[];
  readonly breadcrumbs?: readonly { readonly data?: { readonly url?: string } }[];
}

/** A span of dd-trace, its ids in hexadecimal. */
interface DatadogSpan {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_id: string;
  readonly name: string;
  readonly resource: string;
  readonly meta: Readonly<Record<string, string>>;
}

const OTLP_SERVER = 2;

/** What OpenTelemetry sent. */
export function readOpenTelemetry({ collector }: Reading): Sent {
  const spans = collector.bodiesOf('/v1/traces').flatMap((body) => {
    // The SDK itself wrote it.
    const { resourceSpans } = JSON.parse(body.toString()) as OtlpRequest;
    return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  });
  return { spans: spans.map(spanOfOtlp), breadcrumbs: [] };
}

function spanOfOtlp({ attributes, kind, name, parentSpanId = '', spanId, traceId }: OtlpSpan): Span {
  const url = attributes.map(({ value }) => value.stringValue ?? '').join(' ');
  return { id: spanId, parentId: parentSpanId, traceId, name, url, isServer: kind === OTLP_SERVER };
}

/** What Sentry sent: envelopes, which are lines of a header and lines of an item by turns, behind their own header. */
export function readSentry({ collector }: Reading): Sent {
  const items = collector.bodiesOf('/api/1/envelope/').flatMap((body) => {
    const lines = body.toString().split('\n').slice(1);
    // The SDK itself wrote it.
    return lines.filter((_line, index) => index % 2 === 1).map((line) => JSON.parse(line) as SentryItem);
  });
  return {
    spans: items.flatMap((item) => item.items ?? []).map(spanOfSentry),
    breadcrumbs: items.flatMap(({ breadcrumbs = [] }) => breadcrumbs.map(({ data }) => data?.url ?? '')),
  };
}

function spanOfSentry({ attributes, name, parent_span_id = '', span_id, trace_id }: SentrySpan): Span {
  const isServer = attributes['sentry.op']?.value === 'http.server';
  const url = attributes['url.full']?.value;
  return {
    id: span_id,
    parentId: parent_span_id,
    traceId: trace_id,
    name,
    url: typeof url === 'string' ? url : '',
    isServer,
  };
}

/** What dd-trace sent: MessagePack, which a package of the project decodes. */
export async function readDatadog({ collector, folder, project }: Reading): Promise<Sent> {
  const files = collector.filesOf('/v0.4/traces', folder);
  const command = [process.execPath, 'decode-message-pack.cjs', ...files] as const;
  const printed = await runProgram(command, { cwd: project, env: {} });
  // Bodies of traces of spans.
  const spans = (JSON.parse(printed) as DatadogSpan[][][]).flat(2);
  const upperHalves = new Map(
    spans
      .flatMap(({ meta, trace_id }) => [[trace_id, meta['_dd.p.tid']] as const])
      .filter(([, upper]) => upper !== undefined),
  );
  return { spans: spans.map((span) => spanOfDatadog(span, upperHalves)), breadcrumbs: [] };
}

function spanOfDatadog(span: DatadogSpan, upperHalves: ReadonlyMap<string, string | undefined>): Span {
  const { meta, name, parent_id, resource, span_id, trace_id } = span;
  return {
    id: span_id,
    parentId: parent_id,
    traceId: `${upperHalves.get(trace_id) ?? ''}${trace_id.padStart(16, '0')}`,
    // Ports are others each time.
    name: `${name} ${resource.replace(/:\d+$/, '')}`,
    url: meta['http.url'] ?? '',
    isServer: meta['span.kind'] === 'server',
  };
}
