import { freePort } from './free-port.ts';
import { ServerProcess } from './server-process.ts';

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
}

/** Starts victoria-metrics on a free port of 127.0.0.1. */
export async function startVictoriaMetrics(): Promise<VictoriaMetricsServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${String(port)}`;
  const server = new ServerProcess({
    program: 'victoria-metrics',
    arguments: (folder) => [
      `-httpListenAddr=127.0.0.1:${String(port)}`,
      `-storageDataPath=${folder}/data`,
      '-retentionPeriod=100y',
      '-memory.allowedPercent=10',
    ],
    isReady: async () => (await fetch(`${url}/health`)).status === 200,
  });
  await server.start();
  return {
    port,
    url,
    get pid() {
      return server.pid;
    },
    metric: async (name) => {
      const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
      const line = lines.find((candidate) => candidate.startsWith(`${name} `));
      if (line === undefined) throw new Error(`VictoriaMetrics has no metric ${name}`);
      return Number(line.slice(name.length + 1));
    },
    stop: () => server.stop(),
    kill: () => server.kill(),
    restart: () => server.restart(),
  };
}
