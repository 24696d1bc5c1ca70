import { connect } from 'node:net';
import { freePort } from './free-port.ts';
import { ServerProcess } from './server-process.ts';

/** A real redis-server. */
export interface RedisServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
  suspend(): void;
  resume(): void;
}

/** Starts redis-server with nothing on disk, and what `args` says besides. */
export async function startRedis({ args = [] }: { readonly args?: readonly string[] } = {}): Promise<RedisServer> {
  const port = await freePort();
  const server = new ServerProcess({
    program: 'redis-server',
    arguments: (folder) => [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
      ...['--save', '', '--appendonly', 'no', '--daemonize', 'no'],
      ...args,
    ],
    isReady: () => answersPing(port),
  });
  await server.start();
  return {
    host: '127.0.0.1',
    port,
    url: `redis://127.0.0.1:${String(port)}`,
    get pid() {
      return server.pid;
    },
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

/** True where a Redis answers at all: one that wants a password or is loading does so too. */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => {
      resolve(false);
    });
    socket.once('data', (chunk) => {
      resolve(/^[+-](PONG|NOAUTH|ERR)/.test(chunk.toString()));
      socket.destroy();
    });
    socket.write('PING\r\n');
  });
}
