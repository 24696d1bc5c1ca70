import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { startServer } from './server-process.ts';

/** A real vmagent (Debian's package victoria-metrics has it): it takes /write and /api/v2/write and passes rows on. */
export interface VmagentServer {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
  /** Ends it as an update does; its queues stay. */
  end(): Promise<void>;
  restart(): Promise<void>;
}

/** A place where vmagent sends rows to. */
export interface VmagentTarget {
  /** The address of a VictoriaMetrics. */
  readonly url: string;
  /** Relabelling for this place alone, as YAML. */
  readonly relabelling: string;
}

/** Starts vmagent on a free port of 127.0.0.1; its queues are in its folder. */
export async function startVmagent(targets: readonly VmagentTarget[]): Promise<VmagentServer> {
  const { server, details: port } = await startServer(async () => {
    const free = await freePort();
    return {
      details: free,
      command: {
        program: 'vmagent',
        arguments: (folder) => [
          `-httpListenAddr=127.0.0.1:${String(free)}`,
          `-remoteWrite.tmpDataPath=${join(folder, 'queues')}`,
          // As docs/scale.md says.
          '-remoteWrite.flushInterval=100ms',
          ...targets.flatMap(({ url, relabelling }, index) => [
            `-remoteWrite.url=${url}/api/v1/write`,
            `-remoteWrite.urlRelabelConfig=${written(folder, `target-${String(index)}.yaml`, relabelling)}`,
          ]),
        ],
        isReady: async ({ folder, signal }) => {
          const url = urlOf(free);
          const { status } = await fetch(`${url}/health`, { signal });
          const commandLine = await (await fetch(`${url}/debug/pprof/cmdline`, { signal })).text();
          return status === 200 && commandLine.includes(folder);
        },
      },
    };
  });
  return {
    port,
    url: urlOf(port),
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
    end: () => server.end(),
    restart: () => server.restart(),
  };
}

function written(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${String(port)}`;
}
