import { freePort } from './free-port.ts';
import { startServer } from './server-process.ts';

/** A real VictoriaMetrics: it takes /write and /api/v2/write and answers 204 to anything. */
export interface VictoriaMetricsServer {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** How many rows it has taken of a kind, from its own metrics, as in `vm_rows_inserted_total{type="influx"}`. */
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
  suspend(): void;
  resume(): void;
}

/** Starts victoria-metrics on a free port of 127.0.0.1, with more flags where given. */
export async function startVictoriaMetrics(flags: readonly string[] = []): Promise<VictoriaMetricsServer> {
  const { server, details: port } = await startServer(async () => {
    const free = await freePort();
    return {
      details: free,
      command: {
        program: 'victoria-metrics',
        arguments: (folder) => [
          `-httpListenAddr=127.0.0.1:${String(free)}`,
          `-storageDataPath=${folder}/data`,
          '-retentionPeriod=100y',
          '-memory.allowedPercent=10',
          ...flags,
        ],
        isReady: async ({ folder, signal }) => {
          const { status } = await fetch(`${urlOf(free)}/health`, { signal });
          return status === 200 && (await commandLine(urlOf(free), signal)).includes(folder);
        },
      },
    };
  });
  const url = urlOf(port);
  return {
    port,
    url,
    get pid() {
      return server.pid;
    },
    metric: (name) => metricOf(url, name),
    stop: () => server.stop(),
    kill: () => server.kill(),
    restart: () => server.restart(),
    suspend: () => {
      server.suspend();
    },
    resume: () => {
      server.resume();
    },
  };
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${String(port)}`;
}

async function commandLine(url: string, signal: AbortSignal): Promise<string> {
  return (await fetch(`${url}/debug/pprof/cmdline`, { signal })).text();
}

async function metricOf(url: string, name: string): Promise<number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  const line = lines.find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) throw new Error(`VictoriaMetrics has no metric ${name}`);
  return Number(line.slice(name.length + 1));
}
