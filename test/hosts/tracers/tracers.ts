import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host, HostPlace } from '../host.ts';
import { codeOf } from '../page-code.ts';
import { runProgram } from '../program.ts';
import { REQUESTS_A_SERVICE, Trial } from '../trial.ts';
import { Collector } from './collector.ts';
import { readDatadog, readOpenTelemetry, readSentry, type Reading } from './senders.ts';
import { breadcrumbsOfWrites, shapeOf, spansOfWrites, type Sent } from './span.ts';

interface Tracer {
  readonly name: string;
  /** The heading of its recipe in docs/tracers.md. */
  readonly heading: string;
  readonly title: string;
  readonly dependencies: Readonly<Record<string, string>>;
  /** Tells it where its service is, and to send nothing else there. */
  readonly env: (host: string) => Readonly<Record<string, string>>;
  readonly read: (reading: Reading) => Sent | Promise<Sent>;
  /** What a write leaves behind where the recipe does not keep it out, beside headers. */
  readonly withoutRecipe: 'breadcrumbs' | 'nothing' | 'spans';
}

/** A life of the service beside a tracer. */
interface Life {
  readonly order: 'after' | 'alone' | 'before';
  readonly hasRecipe: boolean;
}

/** What is left of a life. */
interface Remains {
  readonly sent: Sent;
  /** Ids of traces on the points. */
  readonly traceIds: readonly unknown[];
  /** Names of the headers of each write. */
  readonly headersOfWrites: readonly (readonly string[])[];
}

const EXPRESSES = ['4.22.3', '5.3.0'];
const TRACE_HEADERS = /^(traceparent|tracestate|baggage|sentry-trace|x-datadog-.*)$/;

const TRACERS: readonly Tracer[] = [
  {
    name: 'opentelemetry',
    heading: 'OpenTelemetry',
    title: 'OpenTelemetry (sdk-node 0.223.0)',
    dependencies: {
      '@opentelemetry/api': '1.9.1',
      '@opentelemetry/instrumentation-express': '0.71.1',
      '@opentelemetry/instrumentation-http': '0.223.0',
      '@opentelemetry/sdk-node': '0.223.0',
    },
    env: (host) => ({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${host}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
    }),
    read: readOpenTelemetry,
    withoutRecipe: 'nothing',
  },
  {
    name: 'sentry',
    heading: 'Sentry',
    title: 'Sentry 11.12.0',
    dependencies: { '@sentry/node': '11.12.0' },
    env: (host) => ({ SENTRY_DSN: `http://key@${host}/1` }),
    read: readSentry,
    withoutRecipe: 'breadcrumbs',
  },
  {
    name: 'dd-trace',
    heading: 'dd-trace',
    title: 'dd-trace 5.132.0',
    dependencies: { '@msgpack/msgpack': '3.1.3', 'dd-trace': '5.132.0' },
    env: (host) => ({
      DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
      DD_REMOTE_CONFIGURATION_ENABLED: 'false',
      DD_TRACE_AGENT_URL: `http://${host}`,
    }),
    read: readDatadog,
    withoutRecipe: 'spans',
  },
];

/** Tracers by the recipes of docs/tracers.md, loaded before our packages and after them. */
export const TRACER_HOSTS: readonly Host[] = TRACERS.flatMap((tracer) =>
  EXPRESSES.map((express): Host => ({
    name: `${tracer.name}-express-${express.slice(0, 1)}`,
    title: `${tracer.title}, Express ${express}`,
    dependencies: { ...tracer.dependencies, express },
    run: (place) => runBeside(tracer, place),
  })),
);

async function runBeside(tracer: Tracer, place: HostPlace): Promise<string> {
  writeFileSync(join(place.folder, 'tracing.cjs'), codeOf('tracers.md', tracer.heading, 'js'));
  const alone = await live(tracer, { order: 'alone', hasRecipe: true }, place);
  const shape = shapeOf(alone.sent);
  const serverCount = alone.sent.spans.filter(({ isServer }) => isServer).length;
  if (serverCount !== REQUESTS_A_SERVICE) throw new Error(`alone, it has ${String(serverCount)} spans of requests`);
  for (const order of ['before', 'after'] as const) {
    const remains = await live(tracer, { order, hasRecipe: true }, place);
    checkOwnSpans(shape, remains, order);
    checkWrites(remains, 'nothing', order);
  }
  const remains = await live(tracer, { order: 'before', hasRecipe: false }, place);
  checkOwnSpans(shape, remains, 'before, without the recipe');
  checkWrites(remains, tracer.withoutRecipe, 'before, without the recipe');
  const { withoutRecipe } = tracer;
  const recipe = withoutRecipe === 'nothing' ? '' : ` by the recipe of docs/tracers.md (else its ${withoutRecipe})`;
  return `loaded before and after: points right, the same ${String(shape.length)} spans as without us, trace ids on points; no span, breadcrumb or header of a write${recipe}`;
}

async function live({ env, name, read }: Tracer, life: Life, { folder }: HostPlace): Promise<Remains> {
  await using trial = await Trial.start();
  await using collector = await Collector.start();
  await runProgram([process.execPath, 'tracer.cjs', name, life.order], {
    cwd: folder,
    env: { ...trial.env, ...env(collector.host), HAS_RECIPE: String(life.hasRecipe) },
  });
  if (life.order !== 'alone') trial.check(REQUESTS_A_SERVICE);
  return {
    sent: await read({ collector, folder: trial.folder, project: folder }),
    traceIds: trial.influx.store.points('requests').map(({ fields }) => fields.get('trace_id')?.value),
    headersOfWrites: trial.influx.requests.map(({ headers }) => Object.keys(headers)),
  };
}

/** @throws Error where it has other spans than without us, or where points have other traces than those spans */
function checkOwnSpans(shape: readonly string[], { sent, traceIds }: Remains, order: string): void {
  const actual = shapeOf(sent);
  const lost = differenceOf(shape, actual);
  const added = differenceOf(actual, shape);
  if (lost.length > 0 || added.length > 0) {
    throw new Error(`loaded ${order} us, it lost ${tell(lost)} and has ${tell(added)} more`);
  }
  const served = sent.spans.filter(({ isServer }) => isServer).map(({ traceId }) => traceId);
  if (tell([...traceIds].sort()) !== tell(served.sort()) || new Set(traceIds).size !== served.length) {
    throw new Error(`loaded ${order} us, points have the traces ${tell(traceIds)}, spans ${tell(served)}`);
  }
}

/** @throws Error where writes left something else behind than this */
function checkWrites({ headersOfWrites, sent }: Remains, expected: Tracer['withoutRecipe'], order: string): void {
  const writeCount = headersOfWrites.length;
  if (writeCount === 0) throw new Error(`loaded ${order} us, nothing was written`);
  const traced = headersOfWrites.filter((names) => names.some((name) => TRACE_HEADERS.test(name))).length;
  const counts = {
    breadcrumbs: breadcrumbsOfWrites(sent).length,
    headers: traced,
    spans: new Set(spansOfWrites(sent).map(({ traceId }) => traceId)).size,
  };
  const wanted = { breadcrumbs: 0, headers: 0, spans: 0 };
  if (expected !== 'nothing') Object.assign(wanted, { [expected]: writeCount, headers: writeCount });
  if (tell(counts) !== tell(wanted)) {
    throw new Error(`loaded ${order} us, ${String(writeCount)} writes left ${tell(counts)}, not ${tell(wanted)}`);
  }
}

/** What stands in the first list more often than in the second. */
function differenceOf(first: readonly string[], second: readonly string[]): string[] {
  const rest = [...second];
  return first.filter((entry) => {
    const index = rest.indexOf(entry);
    if (index !== -1) rest.splice(index, 1);
    return index === -1;
  });
}

function tell(value: unknown): string {
  return JSON.stringify(value);
}
