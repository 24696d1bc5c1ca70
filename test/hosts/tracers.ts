import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Host, HostPlace } from './host.ts';
import { runProgram } from './program.ts';
import { REQUESTS_A_SERVICE, Trial } from './trial.ts';

/** What a tracer has of the service. */
interface Found {
  /** Spans of requests that were served. */
  readonly requests?: number;
  /** Spans of our writes to the database. */
  readonly writes?: number;
  /** Breadcrumbs of our writes on an error event. */
  readonly breadcrumbs?: number;
  readonly traceIds: readonly string[];
}

interface Tracer {
  readonly title: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const TRACERS: Readonly<Record<string, Tracer>> = {
  opentelemetry: {
    title: 'OpenTelemetry (sdk-trace-node 2.12.1)',
    dependencies: {
      '@opentelemetry/api': '1.9.1',
      '@opentelemetry/instrumentation': '0.223.0',
      '@opentelemetry/instrumentation-express': '0.71.1',
      '@opentelemetry/instrumentation-http': '0.223.0',
      '@opentelemetry/sdk-trace-node': '2.12.1',
    },
  },
  sentry: { title: 'Sentry 11.12.0', dependencies: { '@sentry/node': '11.12.0' } },
  'dd-trace': { title: 'dd-trace 5.132.0', dependencies: { 'dd-trace': '5.132.0' } },
};
const EXPRESSES = ['4.22.3', '5.3.0'];
const ORDERS = ['before', 'after'] as const;

/** Tracers, loaded before our packages and after them. */
export const TRACER_HOSTS: readonly Host[] = Object.entries(TRACERS).flatMap(([name, { title, dependencies }]) =>
  EXPRESSES.map((express): Host => ({
    name: `${name}-express-${express.slice(0, 1)}`,
    title: `${title}, Express ${express}`,
    dependencies: { ...dependencies, express },
    run: async (place) => {
      const texts: string[] = [];
      for (const order of ORDERS) texts.push(await runBeside(name, order, place));
      return [...new Set(texts)].join('; ');
    },
  })),
);

async function runBeside(name: string, order: (typeof ORDERS)[number], { folder }: HostPlace): Promise<string> {
  await using trial = await Trial.start();
  await using agent = await DatadogAgent.start();
  const env = { ...trial.env, AGENT_URL: agent.url };
  const printed = await runProgram([process.execPath, 'tracer.cjs', name, order], { cwd: folder, env });
  trial.check(REQUESTS_A_SERVICE);
  // The program itself prints it.
  const found = JSON.parse(/^FOUND (.*)$/m.exec(printed)?.[1] ?? '') as Found;
  const { breadcrumbs = 0, requests, traceIds, writes } = name === 'dd-trace' ? { ...found, ...agent.found() } : found;
  if (requests !== REQUESTS_A_SERVICE) {
    throw new Error(`loaded ${order} us, it has ${String(requests)} spans of ${String(REQUESTS_A_SERVICE)} requests`);
  }
  const told = trial.influx.store.points('requests').map(({ fields }) => fields.get('trace_id')?.value);
  const isTold =
    told.every((id) => typeof id === 'string' && traceIds.includes(id)) && new Set(told).size === told.length;
  if (!isTold) throw new Error(`loaded ${order} us, trace ids of points are not those of spans: ${told.join(', ')}`);
  const text = 'loaded before and after: points right, spans of requests kept, trace ids on points';
  if (name === 'dd-trace') return `${text}; writes are spans (${writes === 0 ? 'none seen' : 'seen'})`;
  if (writes !== 0 || breadcrumbs !== 0) {
    throw new Error(
      `loaded ${order} us, it has ${String(writes)} spans and ${String(breadcrumbs)} breadcrumbs of writes`,
    );
  }
  return `${text}; no span of a write`;
}

/** Takes what dd-trace sends. Names in its MessagePack stand there as they are, so they can be counted without reading it. */
class DatadogAgent implements AsyncDisposable {
  readonly #server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    request.on('end', () => response.setHeader('content-type', 'application/json').end('{"rate_by_service":{}}'));
  });
  readonly #chunks: Buffer[] = [];

  static async start(): Promise<DatadogAgent> {
    const agent = new DatadogAgent();
    await new Promise<void>((resolve) => agent.#server.listen(0, '127.0.0.1', resolve));
    return agent;
  }

  get url(): string {
    // A server that listens on TCP has an address of this type.
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  found(): Pick<Found, 'requests' | 'writes'> {
    const text = Buffer.concat(this.#chunks).toString('latin1');
    return { requests: countOf(text, 'express.request'), writes: countOf(text, '/api/v2/write') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function countOf(text: string, part: string): number {
  return text.split(part).length - 1;
}
